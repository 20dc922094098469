// The OAuth provider of the live tests: oidc-provider on loopback, whose people log in by typing
// any name. Written to be driven: its first line on standard output is its port, and below /test/
// a test sets what it wants to happen and reads what was asked and given out.
//   POST /test/set     {ttl, refresh, metadata: {…}, faults: [{path, times, status, headers, body, delay, cut}]}
//   GET  /test/seen    {requests: [{method, path, grant_type, status, error}], secrets: [text, …]}
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const RESOURCE = 'https://imap.example.test/'; // what access tokens are for
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const settings = { ttl: 3600, refresh: true, metadata: {}, faults: [] };
const requests = [];
const secrets = new Set(['native-secret-6e1f', 'basic-secret-41c7', 'own-secret-9d02']);

const REDIRECTS = ['http://127.0.0.1/', 'http://localhost/'];
const native = {
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token', DEVICE],
  response_types: ['code'],
  redirect_uris: REDIRECTS,
  scope: 'openid offline_access imap contacts',
};
const clients = [
  { ...native, client_id: 'native', token_endpoint_auth_method: 'none' },
  { ...native, client_id: 'native-post', client_secret: 'native-secret-6e1f',
    token_endpoint_auth_method: 'client_secret_post' },
  { ...native, client_id: 'native-basic', client_secret: 'basic-secret-41c7',
    token_endpoint_auth_method: 'client_secret_basic' },
  { client_id: 'own', client_secret: 'own-secret-9d02', scope: 'imap', redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'], response_types: [] },
  { client_id: 'dovecot', client_secret: 'dovecot', redirect_uris: [], grant_types: [],
    response_types: [] },
];

function configuration() {
  return {
    clients,
    scopes: ['openid', 'offline_access', 'imap', 'contacts'],
    claims: { openid: ['sub'] },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    pkce: { required: () => true, methods: ['S256'] },
    // Each refresh token is good once; an old one that comes again ends all of its family.
    rotateRefreshToken: true,
    issueRefreshToken: async (context, client, code) =>
      settings.refresh && client.grantTypeAllowed('refresh_token') &&
      code.scopes.has('offline_access'),
    ttl: { AuthorizationCode: 60, DeviceCode: 600, RefreshToken: 86400, Grant: 86400,
      Session: 86400, Interaction: 600, IdToken: 600,
      AccessToken: () => settings.ttl, ClientCredentials: () => settings.ttl },
    cookies: { keys: ['test'] },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        // Opaque: Dovecot asks the introspection endpoint about each, so that revoking is seen.
        getResourceServerInfo: () => ({ scope: 'imap', audience: 'imap',
          accessTokenTTL: settings.ttl, accessTokenFormat: 'opaque' }),
      },
    },
    extraTokenClaims: async (context, token) => ({ email: token.accountId ?? 'alice' }),
  };
}

async function textOf(stream) {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

async function control(context) {
  if (context.path === '/test/set') {
    Object.assign(settings, JSON.parse(await textOf(context.req)));
    context.body = {};
  } else {
    context.body = { requests, secrets: [...secrets] };
  }
}

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** True: the answer is made, and the provider sees nothing of the request. */
async function misbehave(context) {
  const fault = settings.faults.find((one) => one.path === context.path && one.times > 0);
  if (!fault) return false;
  fault.times -= 1;
  if (fault.delay) await wait(fault.delay);
  if (fault.cut) {
    context.respond = false;
    context.req.socket.destroy();
    return true;
  }
  if (!fault.status) return false;
  context.status = fault.status;
  if (fault.headers) context.set(fault.headers);
  context.body = fault.body ?? '';
  return true;
}

function remember(values) {
  for (const value of values) if (typeof value === 'string' && value.length > 8) secrets.add(value);
}

function watch(provider) {
  provider.use(async (context, next) => {
    if (context.path.startsWith('/test/')) return control(context);
    const seen = { method: context.method, path: context.path };
    requests.push(seen);
    try {
      if (!(await misbehave(context))) await next();
      if (seen.path.startsWith('/.well-known/openid')) Object.assign(context.body, settings.metadata);
    } finally {
      const asked = context.oidc?.body ?? {};
      const answered = context.body ?? {};
      seen.status = context.status;
      seen.grant_type = asked.grant_type;
      seen.error = answered.error;
      if (!context.path.startsWith('/token/introspection')) {
        remember([asked.code_verifier, asked.code, asked.refresh_token, asked.device_code]);
        remember([answered.access_token, answered.refresh_token, answered.device_code]);
      }
      const location = context.response.get('location');
      if (location) remember([new URL(location, provider.issuer).searchParams.get('code')]);
    }
  });
  provider.on('server_error', (context, error) => console.error('server_error', error));
}

let handler = null;
const server = createServer((request, response) => handler(request, response));
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, configuration());
  watch(provider);
  handler = provider.callback();
  console.log(port);
});
