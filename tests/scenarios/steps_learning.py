"""What the desk learns from tickets: articles, complaints, assessments."""

import re
import uuid

from cast import check, refused, today

ARTICLE = "itsm.article"
COMPLAINT = "itsm.complaint"
ASSESSMENT = "itsm.assessment"


def keep_the_answer(cast):
    """An article from the solved ticket: reviewed by another person, then suggested."""
    ticket = cast.made["tickets"][0]
    action = cast.technician.call("itsm.ticket", "action_create_article", [ticket])
    article = action["res_id"]
    word = f"zentrik{uuid.uuid4().hex[:5]}"
    cast.technician.write(
        ARTICLE,
        [article],
        name=f"Screen stays dark on the {word} dock",
        body="<p>Pull the plug of the dock for a minute.</p>",
        keywords="屏幕不亮, 黑屏",
        audience="requester",
    )
    cast.technician.call(ARTICLE, "action_submit", [article])
    refused(cast.technician.call, ARTICLE, "action_publish", [article])
    checks = cast.itmanager.search("itsm.article.check", [["article_id", "=", article]])
    cast.itmanager.write(
        "itsm.article.check", [item["id"] for item in checks], is_met=True
    )
    cast.itmanager.call(ARTICLE, "action_publish", [article])
    found = cast.requester.call(
        ARTICLE, "suggest", text=f"my {word} screen is dark", limit=3
    )
    check(article in [row["id"] for row in found], found)
    page = cast.visitor("requester").get(f"/service-knowledge/{article}").text
    check(word in page, "the article is not on its page")
    cast.made["article"] = article
    return f"“{found[0]['title']}”: from a ticket, published, found by its words"


def complain(cast):
    """A complaint in the portal: one click twice is one, answered, accepted."""
    requester = cast.visitor("requester")
    ticket = cast.made["tickets"][2]
    said = {
        "ticket_id": str(ticket),
        "subject": f"Came two days late {uuid.uuid4().hex[:5]}",
        "description": "Nobody told me.",
        "is_anonymous": "1",
    }
    ids = {
        int(
            re.search(
                r"/my/service-complaints/(\d+)",
                requester.post("/my/service-complaints/new", said).url,
            )[1]
        )
        for _click in range(2)
    }
    check(len(ids) == 1, f"two clicks made {len(ids)} complaints")
    [complaint] = ids
    refused(cast.technician.call, COMPLAINT, "action_investigate", [complaint])
    cast.servicequality.call(COMPLAINT, "action_investigate", [complaint])
    cause = cast.servicequality.search("itsm.complaint.cause", [], limit=1)[0]["id"]
    cast.servicequality.write(
        COMPLAINT,
        [complaint],
        cause_id=cause,
        finding="The history shows two days without a word.",
        action_taken="The team writes at the end of each day.",
        outcome="upheld",
    )
    cast.servicequality.call(
        COMPLAINT,
        "action_answer",
        [complaint],
        text="We are sorry; we write daily now.",
    )
    page = requester.get(f"/my/service-complaints/{complaint}").text
    check("we write daily now" in page, "the answer is not on the page")
    check("two days without a word" not in page, "the finding is on the page")
    requester.post(
        f"/my/service-complaints/{complaint}/close",
        page=f"/my/service-complaints/{complaint}",
    )
    seen = cast.servicequality.read(COMPLAINT, complaint, "name", "state", "closed_how")
    check((seen["state"], seen["closed_how"]) == ("closed", "accepted"), seen)
    return f"{seen['name']}: filed once by two clicks, answered, accepted"


def assess(cast):
    """An assessment: released, read and commented by the technician, appealed."""
    # A month before the demo data begins, of which no assessment is there.
    first = today(-3 * 365)[:8] + "01"
    assessment = cast.supervisor.create(
        ASSESSMENT,
        technician_id=cast.user_id("technician"),
        term="short",
        date_from=first,
        remark="Careful, and quick to answer.",
    )
    refused(cast.technician.read, ASSESSMENT, assessment, "remark")
    cast.supervisor.call(ASSESSMENT, "action_release", [assessment])
    refused(cast.technician2.read, ASSESSMENT, assessment, "remark")
    cast.technician.call(
        ASSESSMENT, "action_acknowledge", [assessment], comment="I have read it."
    )
    cast.technician.call(
        ASSESSMENT, "action_appeal", [assessment], reason="A week is missing."
    )
    seen = cast.technician.read(
        ASSESSMENT, assessment, "display_name", "state", "appeal_user_id"
    )
    check(seen["state"] == "appealed", seen)
    judge = seen["appeal_user_id"]
    check(judge and judge[0] != cast.user_id("supervisor"), seen)
    return f"{seen['display_name']}: read, commented, appealed to {judge[1]}"


STEPS = [keep_the_answer, complain, assess]
