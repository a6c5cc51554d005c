"""Questions that the documents did not answer: what the officers may want to take in."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from api.statistics import department_label, owners_by_department, shown_departments
from rag.registry.usage import UnansweredQuestion
from rag.text import key

MOST_SHOWN = 500


def unanswered_json(
    questions: Sequence[UnansweredQuestion], least_users: int
) -> list[dict[str, object]]:
    """Like questions once, the most asked first. Departments with few users are not named."""
    owners = owners_by_department((each.department, each.owner) for each in questions)
    shown = shown_departments(owners, least_users)
    alike: dict[str, list[UnansweredQuestion]] = defaultdict(list)
    for each in questions:
        alike[key(each.question)].append(each)
    found: list[dict[str, object]] = []
    for group in alike.values():
        newest = max(group, key=lambda each: each.asked_at)
        offices = Counter(department_label(each.department, shown) for each in group)
        found.append(
            {
                "question": newest.question,
                "count": len(group),
                "last_month": newest.month,
                "status": newest.status,
                "departments": [name for name, _ in offices.most_common()],
            }
        )
    found.sort(key=lambda each: (-int(str(each["count"])), str(each["question"])))
    return found[:MOST_SHOWN]
