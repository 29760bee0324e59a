"""The report in a bundle, for people: no key of the program in either language."""

from field.alerts.life_cycle import NEXT, REMARKS, Action
from field.evidence.gathering import Gathered
from field.evidence.report import report
from tests.field.alerts_and_fates import fates_of, golden
from tests.field.contradictions import KEY

ACTIONS = sorted({action for _, action in NEXT} | set(REMARKS))


def test_what_people_did_is_in_words_in_both_languages() -> None:
    deeds = [
        Action(action_id=f"a{n}", ts=1_748_916_000_000 + n, action=name, by="anna", role="field")
        for n, name in enumerate(ACTIONS)
    ]
    for alert in fates_of(golden()[0]):
        contents = Gathered(
            revisions=[alert], actions=deeds, feedback=[], findings=[], messages={}, missing=[]
        )
        text = report(contents, 1_748_916_000_000, "anna", "cellhound")
        assert KEY.findall(text.replace("raw/missing.jsonl", "")) == []
        assert "anna (Field team): False alarm" in text
        assert "误报" in text
