"""Whether a short answer only says that all is well.

Somebody who thanks and complains in one mail must be heard, and whoever only thanks
need not be: a technician reads one mail too many, which is better than one too few.
So the answer is taken apart into clauses, and each of them must be one of those that
people write when all is well; a word that was found somewhere decides nothing.
"""

import re
from functools import partial
from itertools import islice

from .mail_footer import (
    count_legal,
    is_banner,
    is_company_text,
    is_law,
    is_plain,
    is_reach,
    is_warning,
    weigh_footer,
)
from .mail_thanks_words import ELSEWHERE

LONGEST_THANKS = 300
"""Letters; who writes more has something to say."""
_MOST_CLAUSES = 16
_MOST_FOOTERS = 15
"""Lines of a signature."""
_MOST_LINES = 60
"""Of one warning."""
_LEAST_WARNING = 100
"""Letters of a line that nobody types below each mail."""
_GLAD = re.compile(
    r"[\U0001F44D\U0001F44C\U0001F64F\u2705\u2714\U0001F44F\U0001F4AF\U0001F389]"
    r"|[\[【](?:强|赞|ok|玫瑰|抱拳|鼓掌|握手|合十|鲜花|庆祝|爱心)[\]】]",
    re.I,
)
"""Signs that alone say that all is well."""
_SAD = re.compile(
    r"[\U0001F44E\U0001F620\U0001F621\U0001F622\U0001F62D\U0001F61E\U0001F61F"
    r"\U0001F641\u2639\U0001F624\U0001F494\u274C\U0001F92C\U0001F612\U0001F629"
    r"\U0001F62B\U0001F644\U0001F615\U0001F631\U0001F92E\U0001F4A9\u26A0]"
    r"|(?<!\w):-?\(|[\[【](?:弱|怒|大哭|流泪|难过|撇嘴|发怒|衰|敲打|裂开|叹气)[\]】]"
)

_BREAK = re.compile(
    r"[\n.!¡。！;；,，、~～\u2026:：()（）]+|\s[-\u2013\u2014]+\s|\s(?:and|&)\s"
    r"|[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f]+"
    r"|\s[/|]\s|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])",
    re.I,
)
_THING = (
    r"(?:vpn|wi-?fi|wlan|outlook|teams|excel|word|sap|erp|oa|crm|printer|printing"
    r"|scanner|network|internet|e-?mails?|mail|mailbox|calendar|log-?in|account"
    r"|password|screen|monitor|computer|pc|laptop|notebook|phone|mouse|keyboard|headset"
    r"|camera|projector|server|drive|folder|file|connection|access|system|application"
    r"|app|program|tool|software|client|website|page|link|disk|copier|tablet|cable)"
)
_PAIN = r"(?:problem|issue|error|fault|incident|bug|trouble)s?"
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
    r"|fix|repair|effort|efforts|patience|time|feedback|quick(?:ly)?|fast|great|kind"
    r"|prompt(?:ly)?|good|swift(?:ly)?|speedy|excellent|timely|immediate(?:ly)?"
    r"|wonderful|and|your|the|all|very|so|it|that|this|my|our|out"
    r"|helping(?: me| us)?|fixing|solving|resolving|repairing|sorting|problem|issue"
    rf"|{_THING})"
)
_LEAD = re.compile(
    r"^(?:(?:and|so|then|well|hi|hey|just|quick note) )?"
    r"(?:(?:just )?(?:to|wanted to|want to) (?:confirm|let you know|say"
    r"|report)(?: that)?"
    r"|(?:i|we)(?: can| hereby| just| am able to)? (?:confirm|wanted to (?:say|confirm"
    r"|let you know)|am (?:happy|glad|pleased) to (?:say|confirm|report))(?: that)?"
    r"|(?:i'm|we're|happy|glad|pleased) (?:happy |glad |pleased )?to (?:say|confirm"
    r"|report)(?: that)?|confirming(?: that)?|it (?:looks|seems) like|looks like"
    r"|after (?:a|the|your|my) (?:restart|reboot|update|fix|change|reset|repair|visit"
    r"|call)) (?=\S)"
    r"|^(?:我)?(?:重启|更新|重装|处理|维修|修理|重新登录|重启电脑)(?:了|之"
    r"|以)?[后後](?=.)"
)
"""How people begin to say it."""
_ENGLISH = {
    "greeting": r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|all|team|everyone|everybody|colleagues?|sir|madam|support|it))*",
    "thanks": r"(?:ok |great |super |perfect |yes |oh )*(?:(?:many|big|so many) )?"
    r"(?:thanks?|thank you|thx|tks|ty|cheers|much appreciated|appreciated"
    r"|(?:i|we) (?:really )?appreciate (?:it|that|your help|the help))"
    r"(?: (?:so|very|much|a lot|a million|a ton|again|all|everyone|you|team|indeed"
    r"|everybody|guys|always))*"
    rf"(?: for(?: {_HELP})+(?: (?:with|of|on) {_OURS}(?:{_THING}|{_TROUBLE}))?)?"
    r"(?: again)?|thank you for everything",
    "works": rf"(?:yes |now |ok |great |confirmed |finally )*"
    rf"(?:(?:{_ALL}|{_OURS}{_THING}(?: {_THING})?|{_THING} {_THING})"
    r"(?: is| are|'s| (?:seems|appears) to(?: be)?)?(?: now)? )?"
    rf"(?:works?|working|worked|(?:up and )?running|(?:back )?online|back to normal"
    rf"){_END}|(?:{_ALL} |{_OURS}{_THING} )?works (?:like a (?:charm|dream)|a treat)",
    "does": rf"(?:yes |now |ok |finally )*(?:{_OURS}{_THING}(?: {_THING})?|it)"
    r"(?: is| are|'s)?(?: now)? (?:prints|scans|connects|syncs|responds|runs|printing"
    r"|scanning|connecting|connected|syncing|responding)"
    rf"(?= (?:again|fine|well|ok|okay|perfectly|great|properly|correctly|normally"
    rf"|smoothly|as (?:expected|before|it should))\b){_END}",
    "state": rf"(?:yes |now |ok )*(?:(?:{_ALL}|{_OURS}{_THING}|(?:{_OURS})?{_TROUBLE}"
    r"|case|matter)(?: is| are|'s| was| were| has been| have been| looks?| seems?"
    r"(?: to be)?)?"
    r"(?: all| now| already| completely| fully)* )?"
    r"(?:solved|fixed|resolved|repaired|settled|sorted(?: out)?"
    rf"|taken care of){_END}",
    # Of anything else "it is gone" and "it was closed" are complaints.
    "over": rf"(?:yes |now |ok )*{_OURS}(?:same |whole )?{_PAIN}"
    r"(?: is| are|'s| was| were| has been| have been| has| have)?"
    rf"(?: all| now| already| completely)* (?:closed|done|gone|disappeared){_END}"
    r"|case closed"
    rf"|(?:yes |now |ok )*{_OURS}(?:request|job|task|order)(?: is| was| has been)"
    rf"(?: now| already)? (?:done|completed|fulfilled){_END}",
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
    "ignore": r"(?:please |kindly |pls )*(?:ignore|disregard|forget(?: about)?)"
    r"(?: (?:this|that|my|the)(?: last| previous| earlier| other)? (?:e-?mail|mail"
    r"|message|note|reply)(?: of mine| below| above| from (?:today|yesterday))?)?",
    "filler": r"(?:all |it is |it's )?done|(?:i|we)(?: have|'ve)?(?: just)? (?:tested"
    r"|checked|tried)(?: (?:it|this|that|everything))?(?: now| again| today)?"
    r"|received|yes|ok|okay|confirmed|got it|noted|great|perfect|super|hooray|wow|oh"
    r"|bye|see you|take care|sorry for the (?:trouble|inconvenience)"
    r"|(?:have a|enjoy your|wish you a) (?:nice|good|great|lovely)?"
    r" ?(?:day|weekend|evening|one|week)|happy weekend",
    "closing": r"all the best"
    r"|(?:best|kind|kindest|warm|many|with (?:best|kind))? ?(?:regards|wishes)"
    r"|best|sincerely|yours(?: sincerely| faithfully| truly)?|br|kr|rgds"
    r"|greetings|mit freundlichen gr\u00fc\u00dfen|mfg|cordialement|saludos",
}
_HOW = (
    r"(?:非常|十分|太|很|特别|特別|真的|真是|再次|万分|衷心|多多|好的|收到|嗯|谢谢"
    r"|也){0,4}"
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
    r"|鼠标|印表机|列印|网路|萤幕|滑鼠|软体|档案|资料夹|伺服器|笔电|投影机|电邮|信箱|程式"
    r"|投影仪?|投影|电话|手机|文件|文件夹|共享|服务器|会议室|设备|机器|功能|页面"
    r"|网页|vpn|wi-?fi|wifi|outlook|oa|erp|sap|excel|word|pc|的|也|已然|上面|事情"
    r"|顺利|确认){0,8}"
)
_PAIN_ZH = (
    r"(?:问题|故障|毛病|情况|报错|错误|提示|弹窗|现象|现在|目前|已经|已|也|都|全部|全"
    r"|这个|该|了){0,6}"
)
_USE = (
    r"(?:正常|使用|用|打印|列印|扫描|登录|登陆|登入|连接|连上|连|上网|打开|开机|工作|运行"
    r"|收发|邮件|收|发|访问|启动|进入|看到|收到|显示|办公|网络|vpn|上|系统)"
)
_LE = r"(?:了|啦|喽|咯|哈|哦|呀|的|~){0,3}"
_CHINESE = {
    "greeting": rf"{_WHO}(?:您好|你好|hi|hello|大家好|早上好|上午好|中午好|下午好"
    rf"|晚上好|早|好)[啊呀哦哈]{{0,2}}|尊敬的{_WHO}",
    "thanks": rf"{_HOW}(?:感谢|谢谢|多谢|感激|谢|謝謝|感謝|3q){_HOW}{_LE}{_WHO}"
    rf"{_WHAT}{_WHO}{_LE}|唔该(?:晒|曬)?|多谢(?:晒|曬)|{_HOW}(?:辛苦|麻烦)(?:了|你了|您了|你们了|您们了|大家了)"
    rf"{_WHO}{_LE}",
    "can": rf"{_SUBJECT}(?:可以|能|能够|又能|又可以)(?:正常)?{_USE}{{0,4}}(?:了"
    rf"|啦){_LE}|{_SUBJECT}(?:可以|能|能够)正常{_USE}{{1,3}}"
    rf"|(?:现在|已|已经|又)(?:可以|能|能够){_USE}{{1,4}}",
    "good": rf"{_SUBJECT}(?:好|好用|正常|恢复|恢复正常|正常使用|解决|修好|搞定|处理好"
    r"|处理完|处理完毕|弄好|弄完|搞好|没事|没问题|没有问题|行|通|连上|可以|修复|完成"
    r"|ok|okay|好使|没毛病)(?:了|啦)"
    rf"{_LE}|{_SUBJECT}(?:已|已经|都|全部)(?:好|正常|恢复|恢复正常|解决|修好|搞定|修复"
    rf"|处理好|处理完毕|完成){_LE}|{_SUBJECT}(?:恢复正常|一切正常|{_USE}{{0,2}}正常"
    rf"|完美|很好"
    rf"|非常好|ok|没问题|没有问题){_LE}|{_SUBJECT}(?:不再|没有再|没再)(?:报错|卡"
    rf"|卡纸|死机|蓝屏"
    rf"|掉线|断线){_LE}|(?:问题|故障)(?:得到|得以|顺利|圆满|全部|都)?解决{_LE}"
    rf"|{_PAIN_ZH}(?:不再|没有再|没再)出现{_LE}"
    rf"|{_PAIN_ZH}(?:问题|故障|毛病|情况|报错|错误|提示|弹窗|现象){_PAIN_ZH}消失(?:了"
    rf"|啦)"
    r"|搞掂(?:咗|晒|了)*|得咗|冇(?:晒)?问题(?:了|啦)?"
    rf"|(?:已|已经)?(?:解决|搞定|修好|好|可以|正常|恢复){_LE}",
    "praise": r"(?:验证|测试|检验|验收)(?:已|已经)?(?:通过|ok|成功)(?:了|啦)?"
    r"|(?:速度|效率|响应|处理|服务|态度)?(?:太|真|真是|很|非常)?(?:棒|赞|厉害|给力"
    r"|专业|满意|快|及时|效率高"
    r"|高效)"
    r"(?:了|啦|哦|呀)*|点赞|好评|五星好评|赞一个|大赞",
    "close": r"(?:可以|请|麻烦|帮忙|那就|就|能)+(?:关闭|关|结单|关单|结案|结)(?:掉)?"
    r"(?:这个|此|该)?(?:工单|单子|单|问题)?(?:了|吧|即可|就行)*"
    r"|(?:关闭|结单|关单|结案)(?:这个|此|该)?(?:工单|单子|单|问题)?(?:吧|即可|就行)*",
    "ignore": r"(?:请|麻烦)?(?:忽略|无视|不用理会|不必理会)(?:我|的|刚才|刚刚|上"
    r"|前|一|封"
    r"|这|此|那|之前)*(?:邮件|信件?|电邮|消息)?(?:吧|即可)?",
    "closing": r"此致|敬礼|致礼|此致敬礼|顺祝商祺|顺颂商祺|商祺|祝好|敬上|谨启"
    r"|顺颂时祺",
    "filler": r"我?(?:刚|刚刚|刚才)?(?:试|测试|测|检查|验证)(?:了|过)?(?:一?下)?了?"
    r"|好的?|嗯+|是的?|收到|ok|知道了|明白了?|了解了?|以上|如题|不客气|再见|祝(?:您|你"
    r"|大家|各位)?(?:生活|工作|周末|一切)?"
    r"(?:愉快|顺利|开心|安好|快乐)|周末愉快",
}
_IDLE = ("greeting", "filler", "closing", "name")
"""Clauses that alone say nothing about the solution."""
_MOST_JOINED = 3
"""Clauses that people write without a stop between them."""
_TRADITIONAL = str.maketrans(
    "問題經現機電腦謝決復網絡無沒處開關閉結單號帳戶連線們師幫協時維辦順頌個這來對報錯"
    "誤訊郵終試過確認實請煩說應動複給為發顯啟檔軟體碼鍵盤標專業務勞傳訪進運設備檢測驗"
    "證頁轉裝載態聯讚視螢資夾筆會議產衛貼該謹啓穩滿熱導誠別與間當臺將從僅優價",
    "问题经现机电脑谢决复网络无没处开关闭结单号账户连线们师帮协时维办顺颂个这来对报错"
    "误讯邮终试过确认实请烦说应动复给为发显启档软体码键盘标专业务劳传访进运设备检测验"
    "证页转装载态联赞视萤资夹笔会议产卫贴该谨启稳满热导诚别与间当台将从仅优价",
)
_CLAUSES = [
    (kind, re.compile(rf"(?:{pattern.translate(_TRADITIONAL)})", re.I))
    for words in (_ENGLISH, _CHINESE, *ELSEWHERE)
    for kind, pattern in words.items()
]
_EDGE = re.compile(
    r"(?<=[A-Za-z0-9])(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])(?=[A-Za-z0-9])"
    r"|(?<=了)(?=好的|嗯)|(?=谢谢|感谢|多谢|辛苦|謝謝|感謝)|(?<=谢谢|感谢|多谢|謝謝"
    r"|感謝)"
)
_QUESTION = re.compile(r"[?？]")


def cut_repeated(text, earlier, authors=()):
    """Return an answer without the end that mails of its author have.

    What ended a former mail of the same person, from the name on or as the warning of
    a company, is no news, whatever its language. A whole mail that is sent again is,
    and so is a sentence of it.

    :param earlier: what the author wrote before, texts without what they repeat
    :param authors: names of the author
    """
    lines = _split_lines(text)
    formers = [_split_lines(other) for other in earlier]
    counts = [_count_same_end(lines, former) for former in formers]
    most = 0
    for former, count in zip(formers, counts, strict=True):
        for number in range(len(lines) - count, len(lines)):
            left = len(lines) - number
            is_usual = sum(one >= left for one in counts) > 1
            if is_end(lines[number], authors) or (
                len(lines[number]) >= _LEAST_WARNING
                and _says_something(former[: len(former) - left])
                and is_company_text(lines[number], is_usual)
            ):
                most = max(most, left)
                break
    return "\n".join(lines[: len(lines) - most])


def _count_same_end(lines, former):
    """Return how many of the last lines ended a former mail, too."""
    count = 0
    ends = zip(reversed(lines), reversed(former), strict=False)
    for line, other in islice(ends, _MOST_LINES):
        if line != other:
            break
        count += 1
    # The former mail said something else above it.
    return max(min(count, len(former) - 1), 0)


def _says_something(lines):
    """Whether lines are more than a greeting, so that what follows need say nothing."""
    kinds = set()
    for line in lines:
        kinds.update(_read_line(line, ()) if len(line) <= LONGEST_THANKS else [None])
    return not kinds.issubset(_IDLE)


def _split_lines(text):
    lines = (line.strip(" \t\xa0*_-|") for line in (text or "").splitlines())
    return [line for line in lines if line]


def is_thanks(text, names=(), authors=()):
    """Whether an answer only says that all is well.

    Below it may stand what companies and mail programs add: names, titles, addresses,
    warnings.

    :param str text: what the author wrote, without what it repeats
    :param names: of sender, department, company, owner and team, which stand in
        greetings and signatures
    :param authors: those of them that end the text of its author
    """
    if not text or _SAD.search(text):
        return False
    known = _split_names([*names, *authors])
    own = {" ".join(str(name or "").lower().split()) for name in authors} - {""}
    kinds, letters, weights, is_signed, is_closed = [], 0, [], False, False
    lines, warned, read = _split_lines(text), "", 0
    for number, line in enumerate(lines):
        if number < read or is_banner(line):
            continue
        if is_reach(line):
            weights.append(2)
            continue
        rest = lines[number : number + _MOST_LINES]
        if kinds and (count := count_legal(rest, bool(warned))):
            read = number + count
            warned = lines[read - 1]
            continue
        if kinds and (is_warning(line) or (warned and is_law(line, warned))):
            # What stands below it the company wrote, too, as far as one can tell.
            warned = line
            continue
        found = _read_line(line, known) if len(line) <= LONGEST_THANKS else [None]
        is_said = any(kind not in _IDLE for kind in kinds)
        was_closed, is_closed = is_closed, set(found) == {"closing"}
        if None not in found:
            kinds += found
            letters += len(line)
            ends = is_closed or " ".join(line.lower().split()) in own
            is_signed = is_signed or (ends and is_said)
        elif is_said and (
            weight := weigh_footer(line, is_signed, partial(_is_known, known))
        ):
            # A closing formula is followed by a name.
            weights.append(2 if was_closed and is_plain(line) else weight)
        else:
            return False
        if (
            letters > LONGEST_THANKS
            or len(kinds) > _MOST_CLAUSES
            or len(weights) > _MOST_FOOTERS
        ):
            return False
    # What may be the name of anything is one only among what is a signature for sure.
    is_doubtful = 1 in weights and weights.count(1) > weights.count(2)
    return not is_doubtful and any(kind not in _IDLE for kind in kinds)


def is_end(line, authors=()):
    """Whether a line begins a signature: a closing formula, the author's name.

    :param authors: names of the author
    """
    found = _read_line(line, _split_names(authors)) if len(line) < 100 else [None]
    return bool(found) and {"closing", "name"}.issuperset(found)


def _is_known(known, words):
    return not _strip_names(words, known)


def _read_line(line, known):
    """Return what the clauses of a line say, None for news."""
    if _QUESTION.search(line):
        return [None]
    kinds = ["praise"] if _GLAD.search(line) else []
    line = _GLAD.sub("\u2026", line.replace("\u2019", "'"))
    for clause in _BREAK.split(line):
        words = " ".join(clause.split()).strip(" *_-|\"'")
        if any(letter.isalnum() for letter in words):
            kinds += _find_kinds(words, known)
    return kinds


def _find_kinds(words, known, most=_MOST_JOINED):
    """Return what words say that stand without a stop, [None] for news."""
    if kind := _find_kind(words, known):
        return [kind]
    tokens = _EDGE.sub(" ", words).split()
    if most < 2 or len(tokens) > 25:
        return [None]
    for count in range(1, len(tokens)):
        if first := _find_kind(" ".join(tokens[:count]), known):
            rest = _find_kinds(" ".join(tokens[count:]), known, most - 1)
            if None not in rest:
                return [first, *rest]
    return [None]


def _find_kind(words, known):
    """Return what a clause says, None for news."""
    words = words.lower()
    # A team may be called "IT", so that the words are tried with the names first.
    named = _strip_names(words, known)
    if not named:
        return "name"
    joined = re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", words)
    for rest in dict.fromkeys((words, _LEAD.sub("", words), joined, named)):
        rest = rest.translate(_TRADITIONAL)
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
