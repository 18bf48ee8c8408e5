#include "action/escape.hpp"

#include <gtest/gtest.h>

namespace sallyport::action {
namespace {

using namespace std::string_view_literals;

struct Hostile {
  std::string_view what;
  std::string_view text;
  std::string_view shown;
};

class Escape : public ::testing::TestWithParam<Hostile> {};

TEST_P(Escape, IsVisible) {
  EXPECT_EQ(escape_for_people(GetParam().text), GetParam().shown) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Escape,
    ::testing::Values(
        Hostile{"plain text", "registry/api:v1.4.2 -c 'x'", "registry/api:v1.4.2 -c 'x'"},
        Hostile{"other scripts", "Grüße, 世界, привет, γειά, 🚀", "Grüße, 世界, привет, γειά, 🚀"},
        Hostile{"letters from right to left", "a שלום", "a \\u05e9\\u05dc\\u05d5\\u05dd"},
        Hostile{"Arabic letters in their other forms", "\ufe8d\ufb50", "\\ufe8d\\ufb50"},
        Hostile{"an old script from right to left", "\U00010840", "\\U00010840"},
        Hostile{"a Cyrillic letter in a Latin word", "p\u0430yments", "p\\u0430yments"},
        Hostile{"a Cyrillic part of a Latin name", "registry.example/\u0441\u043e:1",
                "registry.example/\\u0441\\u043e:1"},
        Hostile{"a Greek letter in a Cyrillic word", "\u0430\u03bf", "\\u0430\\u03bf"},
        Hostile{"wide letters in a Latin word", "a\uff50i", "a\\uff50i"},
        Hostile{"mathematical letters in a Latin word", "a\U0001d429i", "a\\U0001d429i"},
        Hostile{"a phonetic letter in a Latin word", "\u0261it", "\\u0261it"},
        Hostile{"accents in a mixed word", "é\u0430", "\\u00e9\\u0430"},
        Hostile{"words of one script each", "{\"a\":\"\u0430\u0431\"} \u0431", "{\"a\":\"\u0430\u0431\"} \u0431"},
        Hostile{"blanks at the end", "yes  ", "yes\\u0020\\u0020"},
        Hostile{"blanks at the end of a line", "yes \nno", "yes\\u0020\\u000ano"},
        Hostile{"blanks between words", " yes  no", " yes  no"}, Hostile{"nothing", "", ""},
        Hostile{"a NUL", "a\0b"sv, "a\\u0000b"},
        Hostile{"a second line", "ok\nAPPROVED by alice", "ok\\u000aAPPROVED by alice"},
        Hostile{"a line written over", "evil\rgood", "evil\\u000dgood"}, Hostile{"a tab", "a\tb", "a\\u0009b"},
        Hostile{"backspaces", "evil\b\b\b\bgood", "evil\\u0008\\u0008\\u0008\\u0008good"},
        Hostile{"a terminal's colour", "\x1b[31mred", "\\u001b[31mred"},
        Hostile{"a terminal's title", "\x1b]0;x\x07", "\\u001b]0;x\\u0007"}, Hostile{"DEL", "\x7f", "\\u007f"},
        Hostile{"a C1 control: CSI in one character", "\xc2\x9b", "\\u009b"},
        Hostile{"right-to-left override", "a\u202egpj.exe", "a\\u202egpj.exe"},
        Hostile{"all bidi overrides and embeddings", "\u202a\u202b\u202c\u202d\u202e",
                "\\u202a\\u202b\\u202c\\u202d\\u202e"},
        Hostile{"bidi isolates", "\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"},
        Hostile{"bidi marks", "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"},
        Hostile{"zero-width characters", "a\u200bb\u200cc\u200dd\u2060e\ufeff",
                "a\\u200bb\\u200cc\\u200dd\\u2060e\\ufeff"},
        Hostile{"line and paragraph separators", "a\u2028b\u2029c", "a\\u2028b\\u2029c"},
        Hostile{"a soft hyphen", "pay\u00adpal", "pay\\u00adpal"},
        Hostile{"a blank that does not break", "rm\u00a0-rf", "rm\\u00a0-rf"},
        Hostile{"an ideographic blank", "a\u3000b", "a\\u3000b"},
        Hostile{"a blank Hangul letter", "a\u3164b", "a\\u3164b"},
        Hostile{"a blank Braille pattern", "a\u2800b", "a\\u2800b"},
        Hostile{"variation selectors", "a\ufe0fb", "a\\ufe0fb"},
        Hostile{"tag characters: text that no screen shows", "a\U000e0041\U000e007f", "a\\U000e0041\\U000e007f"},
        Hostile{"musical formatting", "\U0001d173", "\\U0001d173"},
        Hostile{"a code point that is no character", "\uffff", "\\uffff"},
        Hostile{"a byte that never stands in UTF-8", "a\xff", "a\\u00ff"},
        Hostile{"a continuation byte alone", "\x80", "\\u0080"},
        Hostile{"a cut character", "a\xe2\x82", "a\\u00e2\\u0082"},
        Hostile{"an overlong slash", "\xc0\xaf", "\\u00c0\\u00af"},
        Hostile{"an overlong form of three bytes", "\xe0\x80\xaf", "\\u00e0\\u0080\\u00af"},
        Hostile{"half a surrogate pair", "\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"},
        Hostile{"beyond Unicode", "\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"}));

TEST(Escape, IsEscapedOnce) {
  const std::string once = escape_for_people("a\u202e\n\xff\U000e0041 p\u0430y \u05d0  ");
  EXPECT_EQ(escape_for_people(once), once);
}

TEST(ShowText, KeepsWhatFits) {
  const auto shown = show_text("0123456789", 10);
  EXPECT_EQ(shown.text, "0123456789");
  EXPECT_FALSE(shown.cut);
}

TEST(ShowText, SaysThatItCut) {
  const auto shown = show_text(std::string(5000, 'x'), 100);
  EXPECT_TRUE(shown.cut);
  EXPECT_EQ(shown.text, std::string(91, 'x') + "... (cut)");
}

TEST(ShowText, CountsWhatIsShownNotWhatCame) {
  const auto shown = show_text(std::string(30, '\n'), 100);
  EXPECT_TRUE(shown.cut);
  EXPECT_LE(shown.text.size(), 100u);
}

// Whoever pays for each blank what the whole run costs does not end here.
TEST(ShowText, CostsNoMoreThanItsText) {
  const std::string blanks(std::size_t{4} << 20, ' ');
  EXPECT_EQ(escape_for_people(blanks + "x"), blanks + "x");
  EXPECT_TRUE(show_text(blanks + "x", 250'000).cut);
  EXPECT_TRUE(show_text(std::string(std::size_t{4} << 20, 'x'), 250'000).cut);
}

TEST(ShowText, NeverEndsWithinACharacter) {
  for (std::size_t limit = 9; limit < 40; ++limit) {
    const auto shown = show_text("ää€€🚀🚀\u202e\u202eäääää€€€🚀🚀", limit);
    EXPECT_LE(shown.text.size(), limit);
    EXPECT_EQ(escape_for_people(shown.text), shown.text) << limit;
  }
}

}  // namespace
}  // namespace sallyport::action
