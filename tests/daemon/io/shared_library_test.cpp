#include "daemon/io/shared_library.h"

#include <catch2/catch.hpp>

#include "daemon/io/curl_library.h"
#include "daemon/io/microhttpd_library.h"

using namespace imapkeep;

TEST_CASE("a library that is not there, or lacks something, is named with what to do") {
  const auto none = SharedLibrary::open("libnobody-has-this.so.7");
  REQUIRE_FALSE(none);
  CHECK(none.error().remedy == Remedy::kNeedsOperator);
  CHECK(none.error().what.find("libnobody-has-this.so.7 cannot be used: ") == 0);
  CHECK(none.error().what.find("install the package") != std::string::npos);

  auto math = SharedLibrary::open("libm.so.6");
  REQUIRE(math);
  double (*sine)(double) = nullptr;
  math->find("sin", sine);
  REQUIRE(math->check());
  CHECK(sine(0) == 0);
  math->find("sinless", sine);
  math->find("sinful", sine);
  CHECK(sine == nullptr);
  CHECK(math->check().error().what.find("libm.so.6 cannot be used: it has no sinless;") == 0);
}

TEST_CASE("what is used of curl and microhttpd is there") {
  CHECK(CurlLibrary::load());
  CHECK(MicrohttpdLibrary::load());
}
