"""What mail programs and companies put below a text: addresses, titles, warnings.

A line below the thanks that is none of these is news. Nothing is taken for a signature
because of one word: every part of a line must look like one, and words with which
people complain keep it news.
"""

import re

_LONGEST_LINE = 200
_LONGEST_HEAD = 400
"""Letters by which a banner and a warning are known."""
_HAN = "\u3400-\u9fff"
_LABEL = (
    r"(?:tel|telephone|phone|mobile|mob|cell|direct|office|ext|extension|fax|e-?mail"
    r"|mail|web|website|url|skype|wechat|whatsapp|teams|qq|[tmfepdwo]|电话|联系电话"
    r"|手机"
    r"|手机号码?|分机|邮箱|电子邮箱|邮件|传真|座机|直线|热线|网址|网站|微信号?|企业微信"
    r"|電話|手機|傳真|電郵|網址)"
)
_REACH = re.compile(
    r"virus-free\.? ?www\.\S+|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|"
    rf"{_LABEL}?(?:[ .:：]|no\.?|/{_LABEL})*"
    r"(?:\+?[\d ()./-]{3,24}(?:(?:ext\.?|x|分机|转|分機|轉|poste"
    r"|durchwahl) ?\d{1,6})?|[^\s@]+@[^\s@]+"
    r"|<?(?:https?://|www\.)\S+)(?: ?[(（]?(?:微信同号|同微信|direct|office|mobile)"
    r"[)）]?)?|(?:skype|wechat|whatsapp|line|qq|微信号?|企业微信) ?[:：] ?@?"
    r"(?=\S*[\d_.-])[A-Za-z][A-Za-z0-9_.-]{4,30}",
    re.I,
)
_PARTS = re.compile(r"\s*[|;；•·｜]\s*|\t+| {2,}|,\s(?=\w{1,9}\.?:)|\s/\s")
_TROUBLE = re.compile(
    r"\b(?:i|we|you|he|she|its|this|that|these|those|there|they|my|me|is|isn|are|aren"
    r"|was|wasn|were|been|has|hasn|have|haven|had|don|does|doesn|did|didn|can|cannot"
    r"|cant|could|couldn|won|would|wouldn|should|must|need\w*|want\w*|gets?|got|but"
    r"|however|not|no(?!\.? ?\d)|nothing|none|never|now|still|again|yet|only|please|pls"
    r"|when|why|what|how|where|if|because|since|after|before|until|except|without|see"
    r"|help(?! ?desk)|ps|fail\w*|broke\w*|break\w*|crash\w*|error\w*|issue\w*"
    r"|problem\w*|slow\w*|dead|down|stuck|jam\w*|missing|lost|gone|wrong|urgent\w*"
    r"|free[sz]\w*|froze\w*|hang\w*|reopen\w*|install\w*|reset\w*|fix\w*|out|off"
    r"|(?:first|second|third|fourth|fifth)(?! (?:floor|street|st\b|avenue|road|bank"
    r"|national|secretary))"
    r"|two|three|four|five|six|all|staff(?! (?:engineer|accountant|nurse|officer"
    r"|writer))|users|affected|surge|outage|alarm"
    r"|same|another|also|too|black|blank|empty|loud|hot|smoke|noise|blue|drop\w*"
    r"|lose\w*|stop\w*|cut|kaputt|defekt|defect\w*|fault\w*|damaged?|leak\w*|virus"
    r"|hacked|locked|blocked|expired|closed|disappear\w*|unusable|worse|order\w*"
    r"|add(?! ?[:.])|send|one|more|open\w*|offline|question\w*"
    r"|toner|account(?! (?:manage|executive|director|represent|supervis))|ticket"
    r"|request"
    r"\w*|move|change|give|grant|create|delete|remove|replace\w*|buy|bring|come|ask"
    r"|tell"
    r"|update\w*|upgrade\w*|wait\w*|todo|next|tomorrow|today|yesterday|meeting"
    r"|new(?! (?:york|zealand|delhi|jersey|south|england|territories|town|road"
    r"|street)))\b"
    r"|\bp\.s\b"
    r"|n't|!|(?-i:\b(?:it|It|us|may|will|be|do|so|who|bad)\b)"
    r"|未(?!来)|不(?!动产|锈钢)"
    r"|[没沒又还還再坏壞错錯丢丟掉漏缺请請怎吗嗎呢啊吧死崩闪了]"
    r"|断[了网电线]|卡[纸顿死住了]|[很太好]卡|[蓝白黑花]屏|[慢热]了|乱码|失败|無法"
    r"|无法|故障"
    r"|问题|問題|报错|报修|异常|麻烦|何时|什么|需要|急需|着急|紧急|打开|重新|但是|可是"
    r"|另外|帮[忙我]",
    re.I,
)
"""Words and letters with which people go on to say something."""
_THING = re.compile(
    r"\b(?:vpn|wi-?fi|outlook|excel|sap|printers?|scanners?|mailbox|calendar|log-?in"
    r"|password|screen|monitor|computer|pc|laptop|mouse|keyboard|headset|projector"
    r"|folder|files?|internet|cable|battery)\b|[机機](?!构|场|关|电|械)|电脑|键盘|鼠标"
    r"|屏|软件|邮箱|打印|扫描|投影|会议|网络|密码",
    re.I,
)
_SMALL = frozenset(
    ("of", "and", "for", "the", "de", "la", "le", "du", "von", "van", "der", "und")
    + ("&", "et", "at", "to", "in", "on", "as", "a", "an", "rue", "avenue", "via")
    + ("calle", "allée", "chemin", "les", "des", "di", "del", "y", "e", "zu")
)
_TITLE = re.compile(
    r"\b(?:accountant|accounting|administrator|administration|admin|advis[oe]r|agent"
    r"|analyst|apprentice|architect|assistant|associate|attorney|auditor|bookkeeper"
    r"|buyer|cashier|ceo|cfo|cio|cto|coo|chairman|chairwoman|chief|clerk|consultant"
    r"|controller|coordinator|counsel|department|dept|deputy|designer|developer"
    r"|director"
    r"|division|doctor|editor|engineer|executive|expert|foreman|head|hr|human resources"
    r"|inspector|intern|lawyer|lead|leader|lecturer|librarian|manager|marketing|nurse"
    r"|officer|operator|partner|planner|president|procurement|producer|professor"
    r"|programmer|purchaser|purchasing|receptionist|representative|researcher|sales"
    r"|scientist|secretary|specialist|strategist|supervisor|teacher|teller|trader"
    r"|trainee|treasurer|vp|finance|logistics|legal|operations|technician|section|unit"
    r"|branch|leiter(?:in)?|buchhalter(?:in)?|buchhaltung|geschäftsführer(?:in)?"
    r"|sachbearbeiter(?:in)?|assistent(?:in)?|einkauf|vertrieb|abteilung"
    r"|ingenieur(?:in)?|referent(?:in)?|verwaltung|responsable|direct(?:eur|rice)"
    r"|comptable|comptabilité|assistante|chargée?|ingénieure?|technicien(?:ne)?"
    r"|acheteu(?:r|se)|secrétaire|gérante?|contable|contabilidad|gerente|directora?"
    r"|jef[ea]|ingenier[oa]|técnic[oa]|analista|asistente|coordinadora?|departamento"
    r"|administrativ[oa])\b",
    re.I,
)
_COMPANY = re.compile(
    r"\b(?:ltd|limited|inc|incorporated|gmbh|ag|kg|ug|llc|llp|lp|plc|corp|corporation"
    r"|co|company|companies|group|holdings?|bank|university|college|institute|hospital"
    r"|school|s\.?a\.?|s\.?r\.?l|b\.?v|n\.?v|a/s|oy|ab|pte|pty|sdn|bhd|k\.?k"
    r"|sas|sarl|eurl|snc|s\.?l\.?u?|lda|s\.?p\.?a|kgaa|e\.?k)\b\.?$",
    re.I,
)
_STREET = re.compile(
    r"\b(?:road|rd|street|st|avenue|ave|lane|ln|drive|boulevard|blvd|building|bldg"
    r"|tower|floor|fl|[1-9]\d?/f|room|rm|suite|block|district|cent(?:re|er)|plaza"
    r"|square|house|park|way|p\.?o\.? ?box|\w*stra(?:ß|ss)e|\w*str|rue|estate|wing)\b",
    re.I,
)
_LABELLED = re.compile(
    r"(?:address|add|company|department|dept|title|position|office hours|地址|公司地址"
    r"|办公地址|联系地址|邮编|邮政编码|公司|单位|部门|职务|职位|岗位|姓名|联系人|工号"
    r"|registered office|registration no|reg\. no|company no|vat(?: no| id)?|hrb|ust-id"
    r"|managing directors?|geschäftsführer|sitz der gesellschaft|amtsgericht"
    r"|联系方式|办公室|地點|部門|職位)\s*[:：]\s*.{1,80}",
    re.I,
)
_VERB_ZH = re.compile(
    r"^(?:请|找|给|去|到|来|让|叫|换|改|转|联系|通知|告诉|下次|明天|今天|昨天|后天"
    r"|上次|也|都|还"
    r"|把|将|从|帮|加|另|要|在|和|用|再|装|送|拿|取|搬|借|买|订|移|问)"
    r"|转给|改成|改为|换到|换成|移到|搬到|送到|也要|也给|都要|都装|一下|一趟|说"
)
_COMPANY_ZH = re.compile(
    rf"[{_HAN}\w()（）·&\s-]{{2,40}}(?:公司|集团|集團|银行|銀行|分行|支行|事务所|学院"
    r"|大学|大學|医院|研究院|研究所)"
)
_PART_ZH = re.compile(
    rf"[{_HAN}\w()（）·&\s-]{{1,40}}(?:中心|部|处|處|科|局|署|厅|委员会|办公室)"
)
_RANK_ZH = (
    r"(?:会计|會計|出纳|经理|經理|主管|工程师|工程師|专员|專員|助理|总监|總監|主任|部长"
    r"|科长|处长|行长|秘书|秘書|文员|客服|顾问|顧問|董事长|总裁|副总|老师|教授|律师"
    r"|设计师|销售|采购|採購|人事|行政|财务|財務|柜员|组长|班长|厂长|店长|研究员|讲师"
    r"|医生"
    r"|护士|分析师|架构师|审计师|代表|干事|职员|实习生|负责人)"
)
_TITLE_ZH = re.compile(rf"[{_HAN}\w()（）·、/\s-]{{0,24}}{_RANK_ZH}")
_BARE_TITLE_ZH = re.compile(rf"(?:高级|资深|助理|副|总|主管|财务|人事)?{_RANK_ZH}")
_STREET_ZH = re.compile(
    rf"(?=(?:[^省市区县镇路街道巷弄号楼层座室厦园號樓層區縣]*[省市区县镇路街道巷弄号楼"
    rf"层座"
    rf"室厦园號樓層區縣]){{2}})[{_HAN}\w()（）、,，#\s-]{{4,60}}"
    r"[省市区县镇路街道巷弄号楼层座室厦园號樓層區縣\d)）]"
)
_LETTER = r"(?:e-?mail|mail|message|communication|transmission)"
_SECRET = r"(?:confidential|privileged|proprietary|intended (?:only|solely|for))"
_WARNING = re.compile(
    r"^\W*(?:(?:confidentiality|legal|privacy)\W{1,3}(?:notice|note|statement"
    r"|disclaimer)\b"
    r"|disclaimer\b\W*(?:$|[:：-])"
    rf"|notice\s*:.{{0,60}}{_SECRET}"
    r"|(?:the|any) (?:information|contents?)\b.{0,40}\b(?:contained|transmitted|of this"
    rf"|in this)\b.{{0,80}}{_SECRET}"
    rf"|(?:this|the) {_LETTER}(?: message)?\b[^.]{{0,100}}?\b(?:is|are|may|contains?"
    rf"|has"
    rf"|have|was|were)\b[^.]{{0,120}}?(?:{_SECRET}|(?:checked|scanned) (?:for|by)\b"
    r"|legally (?:protected|privileged))"
    r"|if you (?:are not|have received|received) .{0,80}"
    r"(?:intended (?:recipient|addressee)|in error|by mistake)"
    r"|(?:please )?(?:consider|think of|think about) (?:the|our) (?:environment|planet)"
    r"|(?:please )?think before (?:you print|printing)"
    rf"|(?:diese|dieses) (?:e-?mail|mail|nachricht)\b.{{0,200}}?vertraulich"
    rf"|(?:ce|cet) (?:message|e-?mail|courriel)\b.{{0,200}}?confidentiel"
    r"|(?:本|此|这封|該|该)(?:电子)?(?:邮件|郵件|信息|电邮|電郵).{0,40}?"
    r"(?:(?:含有|包含|属|屬|为|為|所含|载有|可能|系).{0,30}(?:保密|机密|機密|专有|秘密)"
    r"|仅供|僅供|仅限|僅限)"
    r"|(?:保密|免责|免責|法律)(?:声明|提示|聲明|条款)"
    r"|声明\s*[:：].{0,40}(?:本|此)(?:电子)?邮件.{0,40}(?:保密|机密|仅供|仅限)"
    r"|(?:请|請)?(?:在)?(?:打印|列印).{0,12}(?:考虑|考慮|顾及).{0,6}(?:环境|环保|環境)"
    r"|(?:请|請)(?:您)?(?:考虑|爱护|保护|考慮|愛護|保護).{0,6}(?:环境|環境|地球).{0,20}"
    r"(?:打印|列印)(?:此|本|该|該|邮件|郵件))",
    re.I | re.S,
)
_LAW_CORE = (
    r"recipients?\b|addressees?\b|confidential|privileged|proprietary|disclos"
    r"|disseminat|distribut|prohibited|unlawful|unauthori[sz]ed|liab(?:le|ility)"
    r"|copying|virus(?:es)?\b|vertraulich|confidentiel|unbefugt"
    r"|收件[人方]|保密|机密|機密|泄露|披露|禁止|未[经經](?:授权|授權|许可)|[误誤错錯]收"
    r"|免责|免責"
)
_LAW = re.compile(
    rf"{_LAW_CORE}|\bintended|e-?mail|message|attachments?\b|sender|delete|notify"
    r"|information|\bcop(?:y|ies)\b|\buse\b|\bin error\b|mistake|received|\blaws?\b"
    r"|strictly|transmi|warrant|damage|views|opinions|\bregistered\b"
    r"|empfänger|nachricht|邮件|郵件|附件|发件人|删除|刪除|法律|复制|传播|使用|信息|责任",
    re.I,
)
_LAW_SURE = re.compile(_LAW_CORE, re.I)
_NO_LAW = re.compile(
    r"\b(?:again|still|yet|now|today|yesterday|btw|ps|fail\w*|brok\w+|crash\w*|dead"
    r"|down|stuck|jam\w*|slow\w*|gone|gets?|got|doesn|don|didn|isn|wasn|won)\b"
    r"|[又坏壞]|还[是有没要在]|還[是有沒要在]|打不开|卡[住了纸]|故障|报错|失败",
    re.I,
)
_FIRST_PERSON = re.compile(
    r"\b(?:I|[Mm]y|[Mm]e|cannot|can't|[Ii]ch|[Mm]ein\w*|[Mm]ir|[Jj]e|[Mm]on|[Mm]oi"
    r"|[Yy]o|[Mm]i)\b|\b[Jj]'|我|私|打不开|收不到|发不出"
)
"""What companies do not write of themselves in a warning."""
_TOPICS = (
    r"confiden[ct]ial|confidentiel|privileged|proprietary|vertraulich|geheim|riservat"
    r"|vertrouwelijk|poufn|конфиденциальн|保密|机密|機密|秘密",
    r"recipients?\b|addressees?\b|empfänger|adressat|destinatair|destinat[aá]ri"
    r"|geadresseerde|получател|предназначен|收件[人者方]|收信人|受信者|宛先|名宛",
    r"\bif you\b|\bshould you\b|unless you|wenn sie|sollten sie|falls sie"
    r"|sind sie nicht|si vous|dans le cas où|au cas où|si usted|si (?:lo "
    r"|la )?ha recibido|si no es"
    r"|se lei|se avete|se ricev|se você|caso (?:você|tenha)|als u|(?:如果?|若"
    r"|倘若)[您你非]"
    r"|[如若][误誤错錯]|もし|場合(?:は|には)|если вы",
    r"\bdelet|destroy|lösch|vernicht|supprim|détrui|elimin|\bborr|cancell|distrugg"
    r"|verwijder|删除|刪除|销毁|銷毀|削除|破棄|удалит",
    r"prohibit|forbidden|unlawful|unauthori[sz]|strictly|untersagt|verboten|unbefugt"
    r"|nicht gestattet|unzulässig|interdit|prohib|vietat|proibid|запрещ|禁止|严禁|嚴禁"
    r"|不得|[未经經]+(?:授权|授權|许可|許可)",
    r"in error\b|by mistake|irrtümlich|versehentlich|par erreur|por error|per errore"
    r"|por (?:engano|erro)\b|ten onrechte|[误誤错錯](?:收|发|發|送)|手違い|誤って"
    r"|ошибочн",
    r"\bliab|haftung|haftet|responsab|gewähr|aansprakelijk|法律|责任|責任|\bvirus|viren\b"
    r"|免责|免責",
    r"disclos|disseminat|distribut|\bcop(?:y|ies|ying)\b|weitergabe|weiterleit"
    r"|vervielfältig|verbreit|divulg|diffus|reprodu|difus|披露|泄露|洩露|复制|複製|传播"
    r"|傳播|散布|転送|複写|開示",
)
"""What the warnings of companies are about, whatever their language."""
_LEGAL = [re.compile(topic, re.I) for topic in _TOPICS]
_LEAST_TOPICS = 4
"""Of one warning; whoever complains has not so many of them in one text."""
_THIS_MAIL = re.compile(
    r"\b(?:this|the|each|diese[rs]?|jede[rs]?|cet?|est[ea]|quest[oa]|deze|dit) "
    r"(?:e-?mail|mail|message|communication|transmission|nachricht|mitteilung|courriel"
    r"|correo|mensaje|messaggio|mensagem|bericht)|[本此该該](?:封|电子|電子)?"
    r"(?:邮件|郵件|电邮|電郵|信息|訊息)|(?:この|本)(?:電子)?(?:メール|通信)"
    r"|\b(?:это|данное|настоящее) (?:электронное )?(?:письмо|сообщение)",
    re.I,
)
_ASKING = re.compile(r"[?？]")
_LONGEST_PARAGRAPH = 3000
_LEAST_SIGNS = 2
"""Of the warning of a company in a line that repeats."""
_CONDITION = 2
"""Which of the topics each warning has."""
_ACTS = frozenset((3, 4, 5, 6, 7))
"""Topics of what a reader does, of which the end of a warning has two."""
_SECRET_ZH = re.compile("机密|機密")
"""Its first letter is a machine, with which people have trouble."""
_BANNER = re.compile(
    r"^\W*(?:(?:caution|warning|attention|external(?: e-?mail)?"
    r"|be careful)\W+)?(?:this|the)"
    r" (?:e-?mail|message|sender)\b.{0,40}?(?:originated|came|comes|was sent|is) from"
    r" (?:outside(?: of)? (?:the|our|your|this)|an? external|external (?:sender"
    r"|source)).{0,200}$"
    r"|^\W*you don.t often (?:get|receive) e-?mail from \S+@\S+.{0,80}$"
    r"|^\W*(?:注意|警告|提醒|外部邮件)?\W*(?:本|此|该|这封)(?:邮件|郵件)(?:来自|來自"
    r"|由|是)"
    r".{0,6}(?:外部|组织外|組織外|公司外|境外).{0,40}$",
    re.I,
)
_LEAST_WIDTH = 45
"""Letters of a line that its mail program has broken; a third of it in Chinese."""
_MOST_WORDS = 16
_MOST_TITLE_WORDS = 6


def is_banner(line):
    """Whether a gateway put a line above a mail that came from outside."""
    return bool(_BANNER.match(line[:_LONGEST_HEAD]))


def is_warning(line):
    """Whether a line begins the warning that a company puts below each mail."""
    head = line[:_LONGEST_HEAD]
    return bool(_WARNING.match(head)) and not _FIRST_PERSON.search(head)


def is_company_text(line, is_usual=False):
    """Whether a long line that ended an earlier mail, too, is no words of its author.

    :param bool is_usual: whether it ended several earlier mails
    """
    if is_warning(line):
        return True
    line = line[:_LONGEST_PARAGRAPH]
    text = _SECRET_ZH.sub("保密", line)
    if any(news.search(text) for news in (_ASKING, _FIRST_PERSON, _NO_LAW, _THING)):
        return False
    signs = sum(bool(topic.search(line)) for topic in (_THIS_MAIL, *_LEGAL))
    return is_usual or signs >= _LEAST_SIGNS


def count_legal(lines, is_further=False):
    """Return how many of the first lines are the warning of a company, by its topics.

    For those whose beginning nobody knows, in any language, and broken into lines of
    the width of a mail. They speak to a reader who should not have the mail ("if you
    are not ..."), as no complaint does.

    :param list lines: what stands below the text of an author
    :param bool is_further: whether a warning stands above them
    """
    if not any(begin.search(lines[0]) for begin in (_THIS_MAIL, *_LEGAL)):
        return 0
    lines = [*_take_paragraph(lines)]
    text = _SECRET_ZH.sub("保密", " ".join(lines))
    if any(news.search(text) for news in (_FIRST_PERSON, _NO_LAW, _THING)):
        return 0
    found = {key for key, topic in enumerate(_LEGAL) if topic.search(text)}
    is_whole = _CONDITION in found and len(found) >= _LEAST_TOPICS - is_further
    acts = len(found & _ACTS) + bool(_THIS_MAIL.search(text))
    return len(lines) if is_whole or (is_further and acts > 1) else 0


def _take_paragraph(lines):
    """Yield the first line, and those that its mail program broke off from it."""
    before = ""
    for line in lines:
        goes_on = before and before[-1:] not in ".!?:。！？："
        is_wide = len(before) * (3 if _is_han(before) else 1) > _LEAST_WIDTH
        if before and not (line[:1].islower() or (goes_on and is_wide)):
            return
        yield line
        before = line


def is_law(line, before):
    """Whether a line below a warning is a part of it for sure.

    :param str before: the line above, whose sentence it may go on with
    """
    if any(found.search(line) for found in (_FIRST_PERSON, _NO_LAW, _THING)):
        return False
    words = {word.lower() for word in _LAW.findall(line)}
    goes_on = line[:1].islower() and before[-1:] not in ".!?:。！？："
    if len(words) > 1:
        return goes_on or bool(_LAW_SURE.search(line))
    return bool(words) and goes_on


def is_reach(line):
    """Whether a line only says how its author is reached."""
    if len(line) > _LONGEST_LINE:
        return False
    parts = [part for part in _PARTS.split(line) if part.strip(" .,")]
    return bool(parts) and all(_REACH.fullmatch(part.strip(" .,")) for part in parts)


def weigh_footer(line, is_signed=False, is_known=None):
    """Return what a line below a text is.

    :param bool is_signed: whether it stands below a closing formula or the author's
        name
    :param is_known: tells whether a part is a known name
    :return: 2 for a title, a company, an address, a telephone; 1 for what may be the
        name of anything; 0 for news
    """
    if len(line) > _LONGEST_LINE:
        return 0
    parts = [part.strip(" .,*_") for part in _PARTS.split(line)]
    return min(_weigh(part, is_signed, is_known) for part in parts)


def is_plain(line):
    """Whether a line has the few words of a name, and no number."""
    words = line.split()
    is_short = len(words) < 4 and not any(letter.isdigit() for letter in line)
    return is_short and not any(word.lower() in _SMALL for word in words)


def _weigh(part, is_signed, is_known):
    if not part or _REACH.fullmatch(part) or (is_known and is_known(part)):
        return 2
    if _TROUBLE.search(part) or len(part) > 90:
        return 0
    if re.search(f"[{_HAN}]", part):
        return _weigh_chinese(part, is_signed)
    if _LABELLED.fullmatch(part):
        return 0 if _THING.search(part) else 2
    words = [word.strip("().,'\"-") for word in re.split(r"[\s,/]+", part)]
    words = [word for word in words if word]
    if len(words) > _MOST_WORDS or not all(
        word[:1].isupper()
        or word[:1].isdigit()
        or word.lower() in _SMALL
        or _TITLE.fullmatch(word)
        for word in words
    ):
        return 0
    if _COMPANY.search(part):
        return 2
    if _THING.search(part):
        return 0
    if _TITLE.search(part) and (is_signed or len(words) <= _MOST_TITLE_WORDS):
        return 2
    is_address = re.search(r"\d", part) and _STREET.search(part)
    if is_address and (is_signed or ("," in part and len(words) > 4)):
        return 2
    # Whoever writes in capitals only may say anything.
    is_loud = len(words) > 3 and part.upper() == part and part.lower() != part
    return 1 if is_signed and not is_loud else 0


def _weigh_chinese(part, is_signed):
    if _THING.search(part) and not _COMPANY_ZH.fullmatch(part):
        return 0
    if _LABELLED.fullmatch(part):
        return 2
    if _VERB_ZH.search(part):
        return 0
    if _COMPANY_ZH.fullmatch(part) or _BARE_TITLE_ZH.fullmatch(part):
        return 2
    if not is_signed:
        return 0
    if any(pattern.fullmatch(part) for pattern in (_PART_ZH, _TITLE_ZH, _STREET_ZH)):
        return 2
    return 1 if re.fullmatch(f"[{_HAN}]{{2,4}}", part) else 0


def _is_han(line):
    return bool(re.search(f"[{_HAN}\u3040-\u30ff]", line))
