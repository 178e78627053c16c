"""Whether a short answer only says that all is well.

Somebody who thanks and complains in one mail must be heard, and whoever only thanks
need not be: a technician reads one mail too many, which is better than one too few.
So the answer is taken apart into clauses, and each of them must be one of those that
people write when all is well; a word that was found somewhere decides nothing.
"""

import re

LONGEST_THANKS = 300
"""Letters; who writes more has something to say."""
_MOST_CLAUSES = 16

_BREAK = re.compile(
    r"[\n.!。！;；,，、~～\u2026:：()（）]+|\s[-\u2013\u2014]+\s|\s(?:and|&)\s"
    r"|[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f]+"
    r"|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])",
    re.I,
)
_THING = (
    r"(?:vpn|wi-?fi|wlan|outlook|teams|excel|word|sap|erp|oa|crm|printer|printing"
    r"|scanner|network|internet|e-?mails?|mail|mailbox|calendar|log-?in|account"
    r"|password|screen|monitor|computer|pc|laptop|notebook|phone|mouse|keyboard|headset"
    r"|camera|projector|server|drive|folder|file|connection|access|system|application"
    r"|app|program|tool|software|client|website|page|link|disk|copier|tablet|cable)"
)
_ALL = r"(?:it|that|this|all|everything|both|all of (?:it|them)|they)"
_OURS = r"(?:(?:the|my|our) (?:(?:new|old|shared|other) )?)?"
_END = (
    r"(?: (?:now|again|fine|well|ok|okay|perfectly|great|properly|correctly|normally"
    r"|smoothly|as (?:expected|before|it should)|so far|for me|for us|here|too|indeed"
    r"|today|on my (?:side|end)))*"
)
_TROUBLE = r"(?:problem|issue|error|fault|incident|ticket|request|case|bug|trouble)s?"
_HELP = (
    r"(?:help|support|reply|replies|response|answer|work|assistance|service|solution"
    r"|fix|repair|effort|efforts|patience|time|feedback|quick|fast|great|kind|prompt"
    r"|good|swift|speedy|excellent|timely|immediate|wonderful|and|your|the|all|very"
    r"|so|it|that|this|helping(?: me| us)?|fixing|solving|sorting)"
)
_ENGLISH = {
    "greeting": r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|all|team|everyone|everybody|colleagues?|sir|madam|support|it))*",
    "thanks": r"(?:ok |great |super |perfect |yes |oh )*(?:(?:many|big|so many) )?"
    r"(?:thanks?|thank you|thx|tks|ty|cheers|much appreciated|appreciated"
    r"|(?:i|we) (?:really )?appreciate (?:it|that|your help|the help))"
    r"(?: (?:so|very|much|a lot|a million|a ton|again|all|everyone|you|team|indeed"
    r"|everybody|guys|always))*"
    rf"(?: for(?: {_HELP})+)?(?: again)?",
    "works": rf"(?:yes |now |ok |great |confirmed |finally )*"
    rf"(?:(?:{_ALL}|{_OURS}{_THING}(?: {_THING})?|{_THING} {_THING})"
    r"(?: is| are|'s)?(?: now)? )?"
    rf"(?:works?|working|worked|(?:up and )?running|online){_END}",
    "state": rf"(?:yes |now |ok )*(?:(?:{_ALL}|{_OURS}{_THING}|(?:{_OURS})?{_TROUBLE}"
    r"|case|matter)(?: is| are|'s| was| were| has been| have been| looks?| seems?"
    r"(?: to be)?)?"
    r"(?: all| now| already| completely| fully)* )?"
    r"(?:solved|fixed|resolved|repaired|settled|sorted(?: out)?|closed"
    rf"|done|gone|taken care of){_END}",
    "good": rf"(?:yes |now |ok )*(?:{_ALL}(?: is|'s| looks?| seems?(?: to be)?| are)?"
    r"(?: all| now)* )?(?:ok|okay|fine|good|great|perfect|excellent|super|wonderful"
    r"|awesome|brilliant|clear|in order|good to go|all good|very good|very nice"
    rf"|perfectly fine|nice|lovely|fantastic|alright|all right){_END}",
    "none": rf"no (?:more|further|other) {_TROUBLE}{_END}"
    rf"|(?:there (?:is|are) )?no {_TROUBLE} (?:any ?more|now|left){_END}"
    r"|no longer a (?:problem|issue)",
    "praise": r"(?:very )?(?:good|great|nice|excellent|perfect|fantastic) (?:job|work"
    r"|service|support|help)|well done|that (?:did it|was it|was fast|was quick"
    r"|did the trick|helped|solved it|fixed it)|you (?:have )?(?:solved|fixed) "
    rf"(?:it|that|this|(?:the|my|our) {_TROUBLE})|you(?: a|')re (?:great|the best"
    r"|a star|awesome)|problem solved|issue resolved|(?:i am|i'm|we are) (?:very )?"
    r"(?:happy|satisfied|pleased)",
    "can": r"(?:now )?(?:i|we)(?: can| could| am able to| are able to)(?: now| again"
    r"| already| finally)? (?:print|work|scan|connect|log ?in|sign ?in|log on"
    r"|(?:open|access|use|see|reach|send|receive) (?:it|them|(?:e-?)?mails?"
    rf"|{_OURS}{_THING}))(?: to (?:it|{_OURS}{_THING}))?{_END}",
    "close": r"(?:so |then )?(?:you (?:can|may)|please|feel free to) (?:now )?close"
    rf"(?: (?:it|this|(?:the|this|my) {_TROUBLE}))?(?: now)?"
    rf"|(?:it|(?:the|this|my) {_TROUBLE}) (?:can|may) (?:now )?be closed(?: now)?",
    "filler": r"yes|ok|okay|confirmed|got it|noted|great|perfect|super|hooray|wow|oh"
    r"|all the best|(?:best|kind|warm|many|with (?:best|kind))? ?(?:regards|wishes)"
    r"|regards|best|sincerely|yours(?: sincerely| faithfully| truly)?|br|kr|rgds"
    r"|greetings|bye|see you|take care|sorry for the (?:trouble|inconvenience)"
    r"|(?:have a|enjoy your|wish you a) (?:nice|good|great|lovely)?"
    r" ?(?:day|weekend|evening|one|week)|happy weekend"
    r"|mit freundlichen gr\u00fc\u00dfen",
}
_HOW = (
    r"(?:非常|十分|太|很|特别|特別|真的|真是|再次|万分|衷心|多多|好的|收到|嗯|谢谢"
    r"|先|也){0,4}"
)
_WHO = (
    r"(?:您们|你们|大家|各位|您|你|团队|老师|师傅|师父|工程师|同事|同事们|领导|亲){0,4}"
)
_WHAT = (
    r"(?:的|这么|如此|快速|及时|迅速|耐心|热心|大力|辛苦|帮助|帮忙|支持|协助|配合|解决"
    r"|处理|回复|答复|解答|维修|修理|服务|指导|工作|付出|了|啦|哈|哦|呀|啊){0,8}"
)
_SUBJECT = (
    r"(?:我|我的|我们|我们的|我这|我这边|这边|这里|这个|那个|这|那|该|目前|现在|已经|已"
    r"|刚才|刚刚|刚|今天|终于|这下|这回|都|全部|全|一切|经测试|测试过?|试了一?下?|试过"
    r"|果然|确实|的确|是的|嗯|问题|故障|毛病|情况|电脑|笔记本|主机|打印机|打印|扫描仪?"
    r"|复印机|网络|网|无线网?|系统|邮箱|邮件|软件|程序|账号|账户|密码|屏幕|显示器|键盘"
    r"|鼠标|投影仪?|投影|电话|手机|文件|文件夹|共享|服务器|会议室|设备|机器|功能|页面"
    r"|网页|vpn|wi-?fi|wifi|outlook|oa|erp|sap|excel|word|pc|的|也|已然|上面|事情"
    r"|顺利){0,8}"
)
_USE = (
    r"(?:正常|使用|用|打印|扫描|登录|登陆|登入|连接|连上|连|上网|打开|开机|工作|运行"
    r"|收发|邮件|收|发|访问|启动|进入|看到|显示|办公|网络|vpn|上|系统)"
)
_LE = r"(?:了|啦|喽|咯|哈|哦|呀|的|~){0,3}"
_CHINESE = {
    "greeting": rf"{_WHO}(?:您好|你好|hi|hello|大家好|早上好|上午好|中午好|下午好"
    rf"|晚上好|早|好){_LE}|尊敬的{_WHO}",
    "thanks": rf"{_HOW}(?:感谢|谢谢|多谢|感激|谢|謝謝|感謝|3q){_HOW}{_LE}{_WHO}"
    rf"{_WHAT}{_WHO}{_LE}|{_HOW}(?:辛苦|麻烦)(?:了|你了|您了|你们了|您们了|大家了)"
    rf"{_WHO}{_LE}",
    "can": rf"{_SUBJECT}(?:可以|能|能够|又能|又可以)(?:正常)?{_USE}{{0,4}}(?:了"
    rf"|啦){_LE}",
    "good": rf"{_SUBJECT}(?:好|好用|正常|恢复|恢复正常|正常使用|解决|修好|搞定|处理好"
    r"|处理完|处理完毕|弄好|弄完|搞好|没事|没问题|没有问题|行|通|连上|可以|修复|完成"
    r"|ok|okay|好使|没毛病|消失)(?:了|啦)"
    rf"{_LE}|{_SUBJECT}(?:已|已经|都|全部)(?:好|正常|恢复|恢复正常|解决|修好|搞定|修复"
    rf"|处理好|处理完毕|完成){_LE}|{_SUBJECT}(?:恢复正常|一切正常|使用正常|运行正常"
    rf"|完美|很好"
    rf"|非常好|ok|没问题|没有问题){_LE}|{_SUBJECT}(?:不再|没有再|没再)(?:报错|卡"
    rf"|卡纸|死机|蓝屏"
    rf"|掉线|断线|出现){_LE}|(?:已|已经)?(?:解决|搞定|修好|好|可以|正常|恢复){_LE}",
    "praise": r"(?:太|真|真是|很|非常)?(?:棒|赞|厉害|给力|专业|满意|快|及时|效率高"
    r"|高效)"
    r"(?:了|啦|哦|呀)*|点赞|好评|五星好评|赞一个|大赞",
    "close": r"(?:可以|请|麻烦|帮忙|那就|就|能)*(?:关闭|关|结单|关单|结案|结)(?:掉)?"
    r"(?:这个|此|该)?(?:工单|单子|单|问题)?(?:了|吧|即可|就行)*",
    "filler": r"好的?|嗯+|是的?|收到|ok|知道了|明白了?|了解了?|此致|敬礼|致礼"
    r"|顺祝商祺|顺颂商祺"
    r"|商祺|祝好|以上|如题|不客气|再见|祝(?:您|你|大家|各位)?(?:生活|工作|周末|一切)?"
    r"(?:愉快|顺利|开心|安好|快乐)|周末愉快",
}
_IDLE = ("greeting", "filler")
"""Clauses that alone say nothing about the solution."""
_CLAUSES = [
    (kind, re.compile(rf"(?:{pattern})", re.I))
    for words in (_ENGLISH, _CHINESE)
    for kind, pattern in words.items()
]
_REACH = re.compile(
    r"(?:tel|phone|mobile|ext|fax|e-?mail|mail|电话|手机|分机|邮箱|传真|座机)?[ .:：]*"
    r"(?:\+?[\d ()/-]{3,24}|[^\s@]+@[^\s@]+|https?://\S+|www\.\S+)",
    re.I,
)


def is_thanks(text, names=()):
    """Whether an answer only says that all is well.

    :param str text: what the author wrote, without what it repeats
    :param names: of sender, department, company, owner and team, which stand in
        greetings and signatures
    """
    if not text or len(text) > LONGEST_THANKS or re.search(r"[?？]", text):
        return False
    known = _split_names(names)
    kinds = []
    for line in text.splitlines():
        line = line.strip(" \t\xa0*_-|")
        if not line or _REACH.fullmatch(line):
            continue
        for clause in _BREAK.split(line.replace("\u2019", "'")):
            words = " ".join(clause.split()).strip(" *_-|\"'")
            if any(letter.isalnum() for letter in words):
                kinds.append(_find_kind(words, known))
    if len(kinds) > _MOST_CLAUSES or None in kinds:
        return False
    return any(kind not in _IDLE for kind in kinds)


def _find_kind(words, known):
    """Return what a clause says, None for news."""
    # A team may be called "IT", so that the words are tried with the names first.
    for rest in (words.lower(), _strip_names(words, known)):
        if not rest:
            return "filler"
        for kind, pattern in _CLAUSES:
            if pattern.fullmatch(rest):
                return kind
    return None


def _split_names(names):
    """Return names and their parts, in lower case, the longest first."""
    known = set()
    for name in names:
        name = " ".join(str(name or "").lower().split())
        known.update([name, *name.split()])
        if re.fullmatch(r"[\u3400-\u9fff]{2,4}", name):
            # A colleague is called by the surname, or without it.
            known.update([name[0] + title for title in _TITLES])
            known.add(name[1:] if len(name) > 2 else name)
    return sorted(filter(None, known), key=len, reverse=True)


_TITLES = (*("工", "老师", "先生", "女士", "总", "经理", "师傅", "哥", "姐"), "工程师")


def _strip_names(words, known):
    """Return a clause without names at its beginning and its end."""
    words = words.lower()
    for name in known:
        pattern = re.escape(name)
        if name.isascii():
            pattern = rf"\b{pattern}\b"
        words = re.sub(
            rf"^{pattern}|{pattern}$",
            "",
            words,
        ).strip(" ")
    return words
