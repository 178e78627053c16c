"""Articles of the service desk in each state, and what readers say of them."""

ARTICLES = (
    (
        "VPN does not connect after a new password",
        "<p>For everybody who works from outside and changed the password.</p>"
        "<ol><li>Close the VPN client and open it again.</li>"
        "<li>Type the new password; the client keeps the old one.</li>"
        "<li>Choose the gateway <b>Hangzhou 2</b> where the first one does not answer."
        "</li></ol>",
        "VPN连不上, remote, gateway, AnyConnect",
    ),
    (
        "打印机卡纸怎么处理",
        "<p>适用于办公室的多功能一体机。</p><ol><li>打开右侧盖板，按箭头方向慢慢抽出纸张。"
        "</li><li>取出纸盒，重新放平纸张。</li><li>仍提示卡纸时，提交报修并注明设备编号。"
        "</li></ol>",
        "printer, paper jam, 打印, 卡纸",
    ),
    (
        "Mailbox is full: how to make room",
        "<p>For everybody whose mailbox refuses mail.</p><ol><li>Empty the folder of "
        "deleted mail.</li><li>Sort by size and store large files on the share.</li>"
        "</ol>",
        "邮箱满了, quota, outlook",
    ),
    (
        "Forgotten password: how to get a new one",
        "<p>For everybody who cannot log in; you need no log-in to read this.</p>"
        "<ol><li>Call the service desk, 8 to 18 o'clock on working days.</li>"
        "<li>Have your staff number ready; we call you back on the number that is "
        "written in the directory.</li><li>Choose a new password at once: the one that "
        "we tell you holds for an hour.</li></ol>",
        "忘记密码, 密码过期, 登录不了, login, reset, locked",
        "public",
    ),
)
IN_REVIEW = (
    "Wi-Fi of the workshops asks for the password again and again",
    "<p>For hand-held scanners in plant 2.</p><ol><li>Forget the network.</li>"
    "<li>Connect to <b>HT-Plant2</b> and accept the certificate.</li></ol>",
    "无线, WLAN, scanner",
)
DRAFT = (
    "Order a second screen",
    "<p>What the head of department has to approve.</p>",
    "monitor, 显示器",
)


def threads(story):
    """Four months of the knowledge of the desk."""
    yield articles(story)


def articles(story):
    """Technicians write, the IT manager reviews, a reader misses a step."""
    yield story.ago(90, "14:00")
    folder = story.model("itmanager", "itsm.article.folder").create(
        {"name": "Office and network"}
    )
    published = []
    for days, text in zip((88, 60, 30, 24), ARTICLES, strict=True):
        yield story.ago(days, "15:10")
        article = write(story, folder, text)
        article.action_submit()
        yield story.later(1, "09:20")
        mine = story.act("itmanager", article)
        mine.check_ids.is_met = True
        mine.action_publish()
        published.append(article)
    yield story.ago(21, "10:45")
    story.act("requester", published[0]).action_vote(True)
    yield story.ago(12, "16:30")
    story.act("requester", published[2]).action_vote(
        False, "incomplete", "Where is the folder of deleted mail on a phone?"
    )
    yield story.ago(3, "11:20")
    write(story, folder, IN_REVIEW).action_submit()
    yield story.ago(1, "17:20")
    write(story, folder, DRAFT)


def write(story, folder, text):
    """Write an article as the technician, for requesters if nobody else is named."""
    name, body, keywords, *audience = text
    return story.model("technician", "itsm.article").create(
        {
            "name": name,
            "body": body,
            "keywords": keywords,
            "folder_id": folder.id,
            "audience": audience[0] if audience else "requester",
        }
    )
