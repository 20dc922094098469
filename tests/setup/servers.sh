#!/usr/bin/env bash
# servers.sh [NAME…]: the servers of the live tests that cannot be installed beside Dovecot, and the
# mail readers that look at a mirror: what nobody wants to have installed. Their Debian packages are fetched and unpacked into FOLDER/NAME, and
# FOLDER is printed. Nothing is installed, and no script of a package runs. What is there already is
# left as it is. Libraries are fetched with them where the machine has none.
set -euo pipefail

servers=(courier cyrus imap4d imapproxy notmuch mu mairix aerc mblaze mailutils)
declare -A packages=(
  [courier]="courier-imap courier-base courier-authlib courier-authdaemon courier-authlib-userdb
    gamin libcourier-unicode4 libgamin0"
  [cyrus]="cyrus-imapd cyrus-common sasl2-bin"
  [imap4d]="mailutils-imap4d mailutils-common libmailutils9"
  [imapproxy]="imapproxy"
  [notmuch]="notmuch libnotmuch5"
  [mu]="maildir-utils"
  [mairix]="mairix"
  [aerc]="aerc libnotmuch5"
  [mblaze]="mblaze"
  [mailutils]="mailutils mailutils-common libmailutils9"
)
declare -A libraries=(
  [courier]="libidn12 libltdl7 libgdbm6 libglib2.0-0"
  [cyrus]="libxapian30 libical3 libjansson4 libicu72 libpcre3 libpq5 libldap-2.5-0 libxml2
    libsqlite3-0 libwrap0 libnsl2 libtirpc3 libnghttp2-14 libbrotli1"
  [imap4d]="libgsasl18 libgssglue1 libntlm0 libidn12 libmariadb3 libpq5 libldap-2.5-0 libwrap0 libnsl2
    libtirpc3 libunistring2"
  [imapproxy]="libwrap0 libnsl2 libtirpc3"
  [notmuch]="libgmime-3.0-0 libtalloc2 libsexp1 libxapian30 libgpgme11 libassuan0 libglib2.0-0 libidn2-0"
  [mu]="guile-3.0-libs libgmime-3.0-0 libxapian30 libgpgme11 libassuan0 libglib2.0-0 libgc1
    libreadline8 libidn2-0"
  [mairix]="zlib1g libbz2-1.0"
  [aerc]="libgmime-3.0-0 libtalloc2 libsexp1 libxapian30 libgpgme11 libassuan0 libglib2.0-0 libidn2-0"
  [mblaze]="libc6"
  [mailutils]="libgsasl18 libgssglue1 libntlm0 libidn12 libltdl7 libmariadb3 guile-3.0-libs libgc1
    libreadline8 libpq5 libldap-2.5-0 libunistring2 libgdbm6 libwrap0"
)

# "PACKAGE=VERSION …": these and no other versions of them, for findings/.
versions=" ${IMAPKEEP_TEST_VERSIONS:-} "

fetch() { # fetch PACKAGE…, into the working directory
  local package words=()
  for package in "$@"; do
    if [[ $versions == *" $package="* ]]; then
      package+="=${versions#* "$package="}"
      package=${package%% *}
    fi
    words+=("$package")
  done
  # The index may be old, or not there at all.
  apt-get download -qq "${words[@]}" 2>/dev/null ||
    { [ "$(id -u)" = 0 ] && apt-get update -qq && apt-get download -qq "${words[@]}"; }
}

lacking() { # those of these packages that are not installed
  comm -23 <(printf '%s\n' "$@" | sort) \
    <(dpkg-query -W -f='${Package} ${Status}\n' "$@" 2>/dev/null | sed -n 's/ .* installed$//p' | sort)
}

unpack() { # unpack FOLDER NAME
  local folder=$1 name=$2 work file
  [ ! -e "$folder/$name" ] || return 0
  work=$(mktemp -d "$folder/.$name.XXXXXX")
  mkdir "$work/debs" "$work/root"
  # The lists are words: no quotes.
  (cd "$work/debs" && fetch ${packages[$name]} $(lacking ${libraries[$name]})) || {
    rm -rf "$work"
    return 1
  }
  for file in "$work"/debs/*.deb; do dpkg -x "$file" "$work/root"; done
  chmod 755 "$work/root"
  # Whoever comes second throws its own away.
  mv -T "$work/root" "$folder/$name" 2>/dev/null || true
  rm -rf "$work"
}

# Where the mail user of a test can read them, and nobody else can write.
folder=${IMAPKEEP_TEST_SERVERS:-/var/tmp/imapkeep-tests-$(id -u)}
mkdir -p -m 755 "$folder"
if [ ! -O "$folder" ]; then
  echo "$folder belongs to somebody else" >&2
  exit 1
fi
code=0
for name in "${@:-${servers[@]}}"; do
  unpack "$folder" "$name" || {
    echo "the packages of $name could not be fetched (apt-get download)" >&2
    code=1
  }
done
echo "$folder"
exit $code
