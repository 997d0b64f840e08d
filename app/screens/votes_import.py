"""The Excel round trip of vote results: the list out, the preview back in. Nothing is stored here."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.domain.enums import Answer
from app.domain.errors import Refusal, say
from app.models import Vote
from app.queries import votes as queries
from app.spreadsheets import votes as sheets
from app.spreadsheets.reader import Fault

SHOWN_FAULTS = 500
LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class Preview:
    """What an import would do: faults (then nothing), or how many houses of each answer and how many change."""

    faults: list[Fault]
    answers: dict[int, Answer]
    changed: int
    kept: int

    @property
    def counts(self) -> list[tuple[Answer, int]]:
        return [(answer, sum(given == answer for given in self.answers.values())) for answer in Answer]

    @property
    def as_json(self) -> str:
        """The answers, for the form that confirms them; the act checks them again."""
        return json.dumps({str(house): answer.value for house, answer in self.answers.items()})


def workbook(session: Session, vote: Vote) -> io.BytesIO:
    """The list as a file."""
    return io.BytesIO(sheets.write_answers(queries.all_ballots(session, vote)))


def preview(session: Session, vote: Vote, file: FileStorage | None) -> Preview:
    """Read the uploaded list against the vote's houses. Refusal when there is no file or it can't be read."""
    if file is None or not file.filename:
        raise Refusal(say("请选择要导入的 Excel 文件"), field="file")
    data = file.stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refusal(say("文件超过 10 MB，不能导入"), field="file")
    ballots = {ballot.house_id: ballot for ballot in queries.all_ballots(session, vote)}
    answers, sheet = sheets.read_answers(data, {house: ballot.house_label for house, ballot in ballots.items()})
    if not answers and not sheet.faults:
        raise Refusal(say("文件里没有填写任何意见"), field="file")
    changed = sum(ballots[house].answer != answer or ballots[house].source is None for house, answer in answers.items())
    return Preview(sheet.faults[:SHOWN_FAULTS], answers, changed, len(ballots) - len(answers))
