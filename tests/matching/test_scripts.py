"""Scripts that put no spaces between words, and letters with marks of their own."""

from __future__ import annotations

import pytest
from fakes import article

from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.model import Topic

THAI = "กองทัพจีนซ้อมรบรอบเกาะไต้หวันครั้งใหญ่"


def hits(expression: str, title: str, lang: str) -> bool:
    """Whether a topic hits a title, with the prefilter and without."""
    matcher = Matcher(pack([Topic("t", "T", match=expression)], {}))
    [found], [all_found] = (
        matcher.match([article(title, lang=lang)], prefilter=way) for way in (True, False)
    )
    assert found == all_found
    return any(match.is_hit for match in found)


@pytest.mark.parametrize(
    ("term", "title", "lang"),
    [
        ("ไต้หวัน", THAI, "th"),
        ("เรือ", "โจมตีเรือบรรทุกน้ำมันในทะเลแดง", "th"),
        ("ICBM", "เกาหลีเหนือยิงขีปนาวุธICBMลงทะเล", "th"),
        ("ໄຕ້ຫວັນ", "ຈີນຊ້ອມຮົບອ້ອມເກາະໄຕ້ຫວັນ", "lo"),
        ("តៃវ៉ាន់", "ចិនធ្វើសមយុទ្ធជុំវិញកោះតៃវ៉ាន់", "km"),
        ("ထိုင်ဝမ်", "တရုတ်စစ်တပ်ထိုင်ဝမ်ကျွန်းအနီးလေ့ကျင့်", "my"),
        ("ক্ষেপণাস্ত্র", "উত্তর কোরিয়া ক্ষেপণাস্ত্র ছুড়েছে", "bn"),
        ("ஏவுகணை", "வட கொரியா ஏவுகணை சோதனை", "ta"),
    ],
)
def test_a_term_of_letters_with_marks_is_found_in_running_text(
    term: str, title: str, lang: str
) -> None:
    assert hits(term, title, lang)


@pytest.mark.parametrize(("term", "title"), [("ไต้หวน", THAI), ("ไต", THAI), ("น้า", "ดื่มน้ำ")])
def test_a_letter_with_another_mark_is_another_letter(term: str, title: str) -> None:
    assert not hits(term, title, "th")


def test_four_letters_of_thai_count_as_a_word() -> None:
    assert hits("จีน NEAR/3 ไต้หวัน", THAI, "th")
    assert not hits("จีน NEAR/2 ไต้หวัน", THAI, "th")


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("북한의 핵 위협이 커진다", True),
        ("북한의 핵위협이 커진다", True),
        ("북핵 위협이 커진다", True),
        ("핵위 협상", False),
    ],
)
def test_a_gap_of_the_term_itself_may_leave_one_character(title: str, *, found: bool) -> None:
    assert hits('"핵 위협"', title, "ko") is found


def test_no_other_gap_may_leave_one_character() -> None:
    assert not hits('"미국"', "한미 국방장관 회담", "ko")
