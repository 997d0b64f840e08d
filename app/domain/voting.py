"""The owners' vote: heads, both scales, thresholds, verdict. Whole numbers only, no rounded percent.

Areas are in 0.01 m². A vote passes when every condition of its rule holds on both scales, area and heads.
Sources: law.md 1 (Civil Code 278 and 1259, judicial interpretation arts. 8 and 9), workflows.md 5.3 (1).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.domain.errors import N_, Sentence, say
from app.domain.money import format_area

AGREE, AGAINST, ABSTAIN, NONE = "agree", "against", "abstain", "none"
ANSWERS = (AGREE, AGAINST, ABSTAIN, NONE)


@dataclass(frozen=True)
class Ballot:
    """One house of the sharing range: its floor area (0.01 m², above 0), whose head it counts for, its answer."""

    house: Hashable
    area: int
    head: Hashable
    answer: str = NONE


@dataclass(frozen=True)
class Tally:
    """The same six figures on one scale: 0.01 m² for area, persons for heads."""

    total: int
    taking_part: int
    agree: int
    against: int
    abstain: int
    not_voted: int


@dataclass(frozen=True)
class Condition:
    """`counted` must reach numerator/denominator of `base`; `above`: must exceed it (过半), else 以上 includes it.

    `counted` and `base` name fields of Tally; the two templates tell what is missing on each scale.
    """

    counted: str
    base: str
    numerator: int
    denominator: int
    above: bool
    area_template: str
    heads_template: str

    def needed(self, tally: Tally) -> int:
        """The least whole number that meets the condition while `base` stays as it is; of nothing, still one."""
        product = self.numerator * getattr(tally, self.base)
        if self.above:
            return product // self.denominator + 1
        return max(1, -(-product // self.denominator))


_TAKING_PART_TWO_THIRDS = Condition(
    "taking_part", "total", 2, 3, False,
    N_("参与表决的面积 %(counted)s 平方米，须达到总面积的三分之二即 %(needed)s 平方米，还差 %(missing)s 平方米"),
    N_("参与表决的业主 %(counted)s 人，须达到总人数的三分之二即 %(needed)s 人，还差 %(missing)s 人"),
)  # fmt: skip
_AGREE_TWO_THIRDS = Condition(
    "agree", "total", 2, 3, False,
    N_("同意的面积 %(counted)s 平方米，须达到总面积的三分之二即 %(needed)s 平方米，还差 %(missing)s 平方米"),
    N_("同意的业主 %(counted)s 人，须达到总人数的三分之二即 %(needed)s 人，还差 %(missing)s 人"),
)  # fmt: skip
_AGREE_OVER_HALF = Condition(
    "agree", "taking_part", 1, 2, True,
    N_("同意的面积 %(counted)s 平方米，须超过参与表决面积的一半即至少 %(needed)s 平方米，还差 %(missing)s 平方米"),
    N_("同意的业主 %(counted)s 人，须超过参与表决人数的一半即至少 %(needed)s 人，还差 %(missing)s 人"),
)  # fmt: skip
_AGREE_THREE_QUARTERS = Condition(
    "agree", "taking_part", 3, 4, False,
    N_("同意的面积 %(counted)s 平方米，须达到参与表决面积的四分之三即 %(needed)s 平方米，还差 %(missing)s 平方米"),
    N_("同意的业主 %(counted)s 人，须达到参与表决人数的四分之三即 %(needed)s 人，还差 %(missing)s 人"),
)  # fmt: skip

RULES: dict[str, tuple[Condition, ...]] = {
    "two_thirds": (_AGREE_TWO_THIRDS,),
    "civil_code_use": (_TAKING_PART_TWO_THIRDS, _AGREE_OVER_HALF),
    "civil_code_raise": (_TAKING_PART_TWO_THIRDS, _AGREE_THREE_QUARTERS),
}


@dataclass(frozen=True)
class Threshold:
    """One condition on one scale ("area" or "heads"): what was reached, what is needed, what is missing.

    `needed` and `missing` (0 when met) count with the base as it stands: where the base is those taking part, a
    house that votes only now may raise it.
    """

    condition: Condition
    scale: str
    counted: int
    base: int
    needed: int
    missing: int

    @property
    def met(self) -> bool:
        return self.missing == 0

    @property
    def share(self) -> Fraction:
        """What was reached of the base, exact; 0 of nothing is 0."""
        return Fraction(self.counted, self.base) if self.base else Fraction(0)

    @property
    def required(self) -> Fraction:
        return Fraction(self.condition.numerator, self.condition.denominator)

    @property
    def sentence(self) -> Sentence:
        """What is missing, in Chinese."""
        of_area = self.scale == "area"
        template = self.condition.area_template if of_area else self.condition.heads_template
        figures = {"counted": self.counted, "needed": self.needed, "missing": self.missing}
        return say(template, **{name: format_area(value) if of_area else value for name, value in figures.items()})


@dataclass(frozen=True)
class Result:
    """A vote counted: both scales, every threshold (area and heads of each condition in turn), the verdict.

    `heads_by_answer` maps each head to its answer; `unanswered` are the houses without one, in the given order.
    """

    rule: str
    area: Tally
    heads: Tally
    thresholds: tuple[Threshold, ...]
    heads_by_answer: dict[Hashable, str]
    unanswered: tuple[Hashable, ...]

    @property
    def unmet(self) -> tuple[Threshold, ...]:
        return tuple(threshold for threshold in self.thresholds if not threshold.met)

    @property
    def passed(self) -> bool:
        return not self.unmet


def head_key(house: Hashable, *, unsold: bool, identity: str | None) -> tuple[str, Hashable]:
    """Whose head a house counts for: the developer's (unsold), its owner's by identity number (keyed hash), or,
    without one, its own. Source: interpretation art. 9."""
    if unsold:
        return ("developer", "")
    return ("owner", identity) if identity else ("house", house)


def answer_of_head(answers: Iterable[str]) -> str:
    """The answer of one head from those of its houses: against if any is; agree only if all answering agree;
    none when no house answered; else abstain."""
    given = {str(answer) for answer in answers} - {NONE}
    if not given:
        return NONE
    if AGAINST in given:
        return AGAINST
    return AGREE if given == {AGREE} else ABSTAIN


def count_votes(ballots: Sequence[Ballot], rule: str) -> Result:
    """Count all houses of the sharing range (also those that did not answer) under a rule of `RULES`.

    Who abstains takes part. ValueError: no ballot at all, a house twice, an area that is no int above 0, an
    unknown answer or rule.
    """
    _check(ballots, rule)
    houses_of: dict[Hashable, list[str]] = {}
    for ballot in ballots:
        houses_of.setdefault(ballot.head, []).append(ballot.answer)
    heads_by_answer = {head: answer_of_head(answers) for head, answers in houses_of.items()}
    area = _tally((ballot.answer, ballot.area) for ballot in ballots)
    heads = _tally((answer, 1) for answer in heads_by_answer.values())
    thresholds = tuple(
        _threshold(condition, scale, tally)
        for condition in RULES[rule]
        for scale, tally in (("area", area), ("heads", heads))
    )
    unanswered = tuple(ballot.house for ballot in ballots if ballot.answer == NONE)
    return Result(rule, area, heads, thresholds, heads_by_answer, unanswered)


def _tally(answers: Iterable[tuple[str, int]]) -> Tally:
    sums = dict.fromkeys(ANSWERS, 0)
    for answer, size in answers:
        sums[str(answer)] += size
    total = sum(sums.values())
    return Tally(total, total - sums[NONE], sums[AGREE], sums[AGAINST], sums[ABSTAIN], sums[NONE])


def _threshold(condition: Condition, scale: str, tally: Tally) -> Threshold:
    counted, base, needed = getattr(tally, condition.counted), getattr(tally, condition.base), condition.needed(tally)
    return Threshold(condition, scale, counted, base, needed, max(0, needed - counted))


def _check(ballots: Sequence[Ballot], rule: str) -> None:
    if rule not in RULES:
        raise ValueError(f"unknown rule: {rule!r}")
    if not ballots:
        raise ValueError("a vote needs at least one house")
    seen: set[Hashable] = set()
    for ballot in ballots:
        if ballot.house in seen:
            raise ValueError(f"house stands twice: {ballot.house!r}")
        seen.add(ballot.house)
        if type(ballot.area) is not int or ballot.area <= 0:
            raise ValueError(f"area of house {ballot.house!r} must be an int above 0: {ballot.area!r}")
        if ballot.answer not in ANSWERS:
            raise ValueError(f"unknown answer of house {ballot.house!r}: {ballot.answer!r}")
