#include "sync/plan/body_check.h"

namespace imapkeep {
namespace {

constexpr std::string_view kCourierInvention =
    "From: System Administrator <root@localhost>\r\n"
    "Subject: message unavailable\r\n"
    "\r\n"
    "This message is no longer available on the server.\r\n";
static_assert(kCourierInvention.size() == kInventedSize);

std::string octets(std::optional<std::uint64_t> count) {
  return count ? std::to_string(*count) : "no size";
}

std::string doubt(const ArrivedBody& first, const SecondBody& second) {
  std::string text = "the server announced " + octets(first.announced) + " and sent " +
                     std::to_string(first.size) + " octets";
  if (second.announced != first.announced) text += ", then announced " + octets(second.announced);
  text += second.size ? ", then sent " + std::to_string(*second.size) : ", then sent nothing";
  return text;
}

}  // namespace

bool is_known_invention(std::string_view body) { return body == kCourierInvention; }

BodyStep decide_body(const ArrivedBody& body, std::uint64_t wrong_sizes, bool invents) {
  const bool as_announced = !body.announced || *body.announced == body.size;
  // Courier also announces the size of what it invents, if it is asked after the message has gone.
  if (body.known_invention && (invents || !as_announced)) return BodyStep::kRefuse;
  if (as_announced) return BodyStep::kKeep;
  if (body.size > *body.announced && wrong_sizes >= kWrongSizesBelieved) {
    return BodyStep::kKeepOtherSize;
  }
  return BodyStep::kAskAgain;
}

BodyChoice choose_body(const ArrivedBody& first, const SecondBody& second) {
  if (!second.still_listed || second.known_invention) return {};
  if (!second.size) return {KeptBody::kFirst, doubt(first, second), false};
  // A body that is as long as announced, by either announcement that was made for it, is right.
  if (second.size == second.announced && second.announced == first.announced) {
    return {KeptBody::kSecond, "", false};
  }
  if (*second.size == first.size) {
    // The same once more. If the server has changed its mind about the size, that stays a doubt.
    return {KeptBody::kFirst, doubt(first, second), second.announced == first.announced};
  }
  const KeptBody longer = *second.size > first.size ? KeptBody::kSecond : KeptBody::kFirst;
  return {longer, doubt(first, second), false};
}

}  // namespace imapkeep
