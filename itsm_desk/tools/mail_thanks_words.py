"""How people say in other languages than English and Chinese that all is well.

Each pattern is a whole clause in small letters, as in ``mail_thanks``: what has a word
more is news. Times that are over ("marchait"), thanks for what is still to come
("im Voraus", "d'avance") and "so-so" ("es geht") are none of them.
"""

_MANY_DE = (
    r"(?:vielen|vielmals|herzlichen|herzlich|besten|tausend|lieben|schönen|großen"
    r"|grossen|recht|ganz|nochmals|noch ?mals?)"
)
_THING_DE = (
    r"(?:drucker|drucken|scanner|scannen|rechner|computer|pc|laptop|notebook"
    r"|bildschirm|monitor|telefon|handy|maus|tastatur|internet|netzwerk|netz|wlan"
    r"|wi-?fi|vpn|outlook|teams|excel|word|sap|e-?mails?|mails?|postfach|kalender"
    r"|zugang|zugriff|anmeldung|login|passwort|konto|ordner|datei|programm|software"
    r"|system|app|link|seite|verbindung|headset|beamer|kamera|server|laufwerk)"
)
_OUR_DE = r"(?:(?:der|die|das|mein|meine|unser|unsere) (?:neue |alte )?)?"
_END_DE = (
    r"(?: (?:wieder|jetzt|nun|alles|einwandfrei|gut|super|bestens|prima|perfekt"
    r"|problemlos|tadellos|reibungslos|bei mir|bei uns|hier|auch|wie gewohnt|normal"
    r"|richtig|wunderbar|endlich))"
)
_TROUBLE_DE = (
    r"(?:problem|störung|fehler|ticket|thema|anliegen|vorfall|anfrage|auftrag|sache)"
)
_HELP_DE = (
    r"(?: (?:die|der|das|den|ihre|eure|deine|alles|schnelle|rasche|prompte|gute|tolle"
    r"|super|kompetente|freundliche|große|unkomplizierte|zügige|nette|sehr|und|hilfe"
    r"|unterstützung|antwort|rückmeldung|lösung|bearbeitung|erledigung|mühe|reparatur"
    r"|bemühungen|service|arbeit|geduld|support|reaktion|einsatz))+"
)
GERMAN = {
    "greeting": r"(?:hallo|guten (?:morgen|tag|abend)|moin(?: moin)?|servus"
    r"|grü(?:ß|ss) gott|liebe[rs]?|sehr geehrte[rs]?)(?: (?:zusammen|liebes|liebe|team"
    r"|kolleg(?:en|innen)|damen|herren|und|it|support))*",
    "thanks": rf"(?:ok |super |perfekt |prima |toll |ja |klasse )*(?:{_MANY_DE} )*"
    r"(?:dank|danke|dankeschön|dankesehr|(?:ich|wir) danken?)"
    rf"(?: (?:{_MANY_DE}|schön|sehr|euch|ihnen|dir|allen|team|an alle|dafür))*"
    rf"(?: für{_HELP_DE})?",
    "works": r"(?:ja |jetzt |nun |super |endlich |und )*"
    rf"(?:(?:(?:es|alles|das|beides|{_OUR_DE}{_THING_DE}) )?(?:funktioniert|läuft"
    rf"|klappt|funktionieren|laufen|klappen){_END_DE}*"
    rf"|(?:(?:es|alles|das|{_OUR_DE}{_THING_DE}) )?(?:geht|gehen|tut|druckt|drucken"
    rf"|scannt|startet|verbindet){_END_DE}+|jetzt (?:funktioniert|läuft|klappt|geht)"
    rf" (?:es|alles|das|{_OUR_DE}{_THING_DE}){_END_DE}*)",
    "state": rf"(?:(?:das|der|die|mein|unser|dieses) )?{_TROUBLE_DE}"
    r"(?: ist| wurde| hat sich| sind| wäre| scheint)?(?: jetzt| nun| damit| schon"
    r"| bereits| somit| wohl| inzwischen)*(?: gelöst| behoben| erledigt| beseitigt"
    r"| geklärt| weg| verschwunden| in ordnung)"
    r"|(?:es|alles|das|ist|hat sich|wurde|jetzt|nun|damit|ja| )*(?:gelöst|behoben"
    r"|erledigt|repariert|geklärt|in ordnung)",
    "good": r"(?:ja |jetzt |nun |es )*(?:ist )?(?:alles|soweit alles)(?: ist)?(?: jetzt"
    r"| wieder| nun)*(?: gut| bestens| ok| okay| in ordnung| prima| super| perfekt"
    r"| erledigt| klar| bene| paletti)|passt(?: alles| jetzt| perfekt| wieder| super)*"
    r"|(?:super|perfekt|prima|toll|klasse|top|wunderbar|spitze|großartig|sehr gut"
    r"|ausgezeichnet|hervorragend|genial)(?: gemacht| service| arbeit)?"
    r"|keine (?:probleme|fehler) mehr",
    "can": r"(?:(?:ich|wir) )?(?:kann|können|komme)(?: jetzt| nun| wieder| endlich)+"
    r"(?: (?:auf|in) (?:meine?|das|die|den|alle|alles)?)?"
    rf"(?: (?:{_THING_DE}|drauf|rein|arbeiten|mich|uns|anmelden|einloggen|zugreifen"
    r"|öffnen))+",
    "close": rf"(?:(?:sie können|du kannst|ihr könnt|bitte) )?(?:(?:das|dieses) )?"
    rf"{_TROUBLE_DE}(?: kann| bitte)?(?: jetzt| nun| gerne| somit| damit)*"
    r"(?: geschlossen werden| schließen| schliessen)|kann geschlossen werden",
    "ignore": r"bitte (?:ignorieren|vergessen)(?: sie)? (?:meine|die) (?:letzte"
    r"|vorige|vorherige|vorhergehende) (?:e-?mail|mail|nachricht)"
    r"|(?:meine|die) (?:letzte|vorige|vorherige) (?:e-?mail|mail|nachricht) bitte"
    r" ignorieren|bitte ignorieren",
    "closing": r"(?:mit )?(?:freundliche[nm]?|beste[n]?|viele[n]?|herzliche[n]?"
    r"|liebe[n]?|schöne[n]?)(?: gr(?:ü|u)(?:ß|ss)e?n?)(?: aus \w+)?|lg|vg|gr(?:ü"
    r"|u)(?:ß|ss)e?"
    r"|hochachtungsvoll|i\s?a",
    "filler": r"ja|alles klar|verstanden|gut|bestätigt|(?:hiermit )?bestätige ich"
    r"(?: das| es)?|(?:ich |wir )?(?:habe|haben) (?:es|alles|das)?(?: gerade| eben"
    r"| heute)?"
    r" ?(?:getestet|geprüft|probiert|ausprobiert)|(?:gerade |eben )?getestet"
    r"|(?:ein )?schöne[sn] (?:wochenende|tag|abend|feierabend|gruß|woche)(?: noch)?"
    r"|einen schönen (?:tag|abend)(?: noch)?|bis bald|tschüss",
}

_THING_FR = (
    r"(?:imprimante|impression|scanner|ordinateur|pc|portable|écran|clavier|souris"
    r"|téléphone|réseau|internet|wi-?fi|vpn|messagerie|e-?mails?|mails?|courriels?"
    r"|boîte(?: mail)?|compte|accès|connexion|mot de passe|dossier|fichiers?|logiciel"
    r"|application|système|outlook|teams|excel|word|serveur|casque|caméra|projecteur"
    r"|lien|site|page|agenda|calendrier|poste)"
)
_OUR_FR = r"(?:l'|(?:la|le|les|mon|ma|mes|notre|nos) )"
_END_FR = (
    r"(?: (?:à nouveau|de nouveau|maintenant|bien|très bien|parfaitement|correctement"
    r"|normalement|désormais|enfin|chez moi|nickel|impeccable|comme avant))"
)
_TROUBLE_FR = (
    r"(?:problème|souci|incident|ticket|bug|panne|erreur|demande|dysfonctionnement)"
)
_DONE_FR = (
    r"(?:résolue?s?|réglée?s?|corrigée?s?|réparée?s?|solutionnée?s?|terminée?s?|clos"
    r"|clôturée?)"
)
FRENCH = {
    "greeting": r"(?:bonjour|bonsoir|salut|cher|chère|chers|coucou|madame|monsieur)"
    r"(?: (?:à tous|à toutes|l'équipe|toute l'équipe|madame|monsieur|mesdames|messieurs"
    r"|collègues?))*",
    "thanks": r"(?:ok |super |parfait |oui |et |un |mille |grand |très )*"
    r"(?:merci|mercis|(?:je|nous) (?:vous|te) remerci(?:e|ons))"
    r"(?: (?:beaucoup|bien|infiniment|encore|à vous|à tous|à toute l'équipe|tous"
    r"|mille fois|vivement|une fois de plus|bcp))*"
    r"(?: (?:pour|de)(?: (?:votre|vos|ton|tes|la|le|les|cette|ce|tout|rapide"
    r"|rapides|précieuse|excellent|excellente|super|et|aide|assistance|réponse"
    r"|intervention|support|rapidité|réactivité|efficacité|dépannage|réparation"
    r"|soutien|retour|travail|solution|patience|service|résolution"
    r"|l'(?:aide|intervention|assistance)))+)?",
    "works": r"(?:oui |maintenant |enfin |désormais |et |voilà )*"
    rf"(?:tout|ça|cela|{_OUR_FR}{_THING_FR}|{_THING_FR})(?: re)? ?"
    rf"(?:re)?(?:fonctionne(?:nt)?|marche(?:nt)?|roule|imprime){_END_FR}*",
    "state": rf"(?:(?:le|la|ce|cette|mon|notre|l') ?)?{_TROUBLE_FR}(?: est| a été"
    rf"| semble)?(?: maintenant| bien| désormais| enfin)*(?: {_DONE_FR}| disparue?)"
    rf"|(?:c'est|tout est|{_OUR_FR}{_THING_FR} est)(?: tout| bien| maintenant"
    rf"| désormais| enfin)*(?: {_DONE_FR}| bon| parfait| ok| nickel| super)"
    r"(?: pour moi| maintenant| de mon côté)*|(?:tout est |c'est )?rentré dans l'ordre"
    rf"|plus de (?:problème|souci)|tout va bien|tout est (?:bon|en ordre|correct)"
    rf"|{_DONE_FR}",
    "good": r"parfait|super|génial|excellent|nickel|impeccable|bravo|top|très bien"
    r"|formidable|magnifique|(?:bon|beau|excellent) travail"
    r"|(?:je suis |nous sommes )?(?:très )?satisfaite?s?",
    "can": r"(?:je|nous|on) (?:peux|peut|pouvons|arrive à|parviens à)(?: maintenant"
    r"| à nouveau| de nouveau| enfin| désormais| bien)*(?: (?:imprimer|scanner|me"
    r"|nous|connecter|travailler|accéder|ouvrir|y|envoyer|recevoir"
    rf"|(?:à|aux?|{_OUR_FR}|des)? ?{_THING_FR}))+{_END_FR}*",
    "close": r"(?:vous pouvez |tu peux |merci de |veuillez )?(?:clore|clôturer|fermer)"
    rf"(?: (?:le|ce|mon|la|cette))?(?: {_TROUBLE_FR})?"
    rf"|(?:le|ce|la) {_TROUBLE_FR} peut être (?:fermée?|close?|clôturée?)",
    "ignore": r"(?:merci d'|veuillez |svp )?(?:ignorer|ignorez|oublier|oubliez)"
    r" (?:mon|le|ce|cet) (?:dernier |précédent )?(?:e-?mail|mail|message|courriel)"
    r"(?: précédent)?|ne tenez pas compte de mon (?:dernier|précédent) (?:e-?mail|mail"
    r"|message|courriel)",
    "closing": r"(?:bien |très )?cordialement|(?:avec )?(?:mes |nos )?(?:meilleures"
    r"|sincères|cordiales) salutations|salutations(?: distinguées| cordiales)?"
    r"|bien à vous|cdlt|cdt|amicalement|respectueusement",
    "filler": r"oui|d'accord|bien reçu|bien noté|c'est noté|je confirme(?: que)?"
    r"|je viens de (?:tester|vérifier|essayer)|(?:j'ai|nous avons) (?:testé|vérifié"
    r"|essayé)|testé|bonne (?:journée|soirée|continuation|fin de journée|semaine)"
    r"|bon (?:week-?end|après-midi)|à bientôt",
}

_THING_ES = (
    r"(?:impresora|escáner|ordenador|computadora|computador|pc|portátil|laptop"
    r"|pantalla|teclado|ratón|mouse|teléfono|red|internet|wi-?fi|vpn|correos?"
    r"|e-?mails?|mails?|buzón|cuenta|acceso|conexión|contraseña|carpeta|archivos?"
    r"|programa|aplicación|sistema|outlook|teams|excel|word|servidor|auriculares"
    r"|cámara|proyector|enlace|página|calendario|equipo)"
)
_OUR_ES = r"(?:(?:el|la|los|las|mi|mis|nuestro|nuestra) )"
_END_ES = (
    r"(?: (?:bien|muy bien|de nuevo|otra vez|ahora|perfectamente|correctamente"
    r"|nuevamente|ya|sin problemas?|con normalidad|normalmente|perfecto|todo"
    r"|como antes|por fin))"
)
_TROUBLE_ES = (
    r"(?:problema|incidencia|error|fallo|ticket|caso|avería|tema|asunto|incidente"
    r"|solicitud)"
)
_DONE_ES = (
    r"(?:resuelt[oa]s?|solucionad[oa]s?|arreglad[oa]s?|corregid[oa]s?|solventad[oa]s?"
    r"|reparad[oa]s?)"
)
SPANISH = {
    "greeting": r"(?:hola|buenos días|buen día|buenas(?: tardes| noches)?"
    r"|estimad[oa]s?|querid[oa]s?)(?: (?:a todos|a todas|equipo|compañer[oa]s?"
    r"|señore?s?|señoras?))*",
    "thanks": r"(?:ok |perfecto |genial |sí |si |vale |y |excelente )*"
    r"(?:(?:muchas|muchísimas|mil|infinitas) )?(?:gracias|agradecid[oa]s?|se agradece"
    r"|(?:le|les|te|os) (?:agradezco|agradecemos)(?: mucho)?)"
    r"(?: (?:a todos|de nuevo|nuevamente|otra vez|por todo|mil|equipo|totales))*"
    r"(?: por(?: (?:su|tu|la|el|vuestra|vuestro|toda|todo|los|tan|una|pronta|rápida"
    r"|excelente|gran|amable|valiosa|buena|inmediata|y|ayuda|apoyo|respuesta"
    r"|atención|soporte|gestión|rapidez|solución|servicio|colaboración|trabajo"
    r"|asistencia|reparación|esfuerzo|paciencia|tiempo|brindad[oa]|prestad[oa]))+)?",
    "works": r"(?:sí |si |ya |ahora |por fin |y )*"
    rf"(?:(?:todo|eso|esto|{_OUR_ES}{_THING_ES}) )?(?:ya |ahora )*"
    r"(?:(?:funcionan?|marchan?|(?:está|están) funcionando|vuelven? a funcionar"
    rf"|imprimen?){_END_ES}*|van?{_END_ES}+)",
    "state": rf"(?:(?:el|la|mi|este|esta) )?{_TROUBLE_ES}(?: ya)?(?: está| ha sido"
    rf"| fue| quedó| ha quedado)?(?: ya| ahora| todo)*(?: {_DONE_ES})"
    rf"|(?:ya|todo|está|quedó|ha quedado| )*(?:{_DONE_ES}|listo|en orden)",
    "good": r"perfecto|genial|excelente|estupendo|fenomenal|muy bien|fantástico"
    r"|maravilloso|muy amables?|buen trabajo|(?:está |ya está )?todo (?:está )?(?:bien"
    r"|perfecto|ok|correcto|en orden|genial|listo)|sin (?:más )?problemas",
    "can": r"(?:ya|ahora|por fin) (?:puedo|podemos)(?: (?:imprimir|entrar|acceder"
    r"|trabajar|conectarme|conectarnos|abrir|enviar|recibir|usar"
    rf"|(?:al?|{_OUR_ES})? ?{_THING_ES}))+{_END_ES}*",
    "close": r"(?:ya )?(?:pueden?|puedes|se puede|podéis) (?:cerrar|dar por cerrado)"
    rf"(?: (?:el|la|este|esta))?(?: {_TROUBLE_ES})?"
    rf"|(?:por favor )?(?:cierren?|cierra) (?:el|la|este|esta) {_TROUBLE_ES}",
    "ignore": r"(?:por favor )?(?:ignoren?|ignora|hagan caso omiso de|descarten?)"
    r"(?: a)? (?:mi|el|este) (?:último |anterior )?(?:correo|mensaje|e-?mail|mail)"
    r"(?: anterior)?",
    "closing": r"(?:un )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?| a todos)?"
    r"|atentamente|atte|(?:un )?abrazos?",
    "filler": r"sí|vale|de acuerdo|entendido|recibido|confirmado|confirmo(?: que)?"
    r"|(?:lo )?(?:he|hemos) (?:probado|comprobado|verificado)|probado|comprobado"
    r"|(?:que tenga )?(?:un )?(?:buen|excelente|feliz) (?:día|fin de semana)",
}

ROMANCE = {
    "thanks": r"(?:molte |tante |ok |perfetto )*grazie(?: (?:mille|infinite|ancora"
    r"|a tutti|per l'aiuto|per il supporto|per la rapidità|di tutto))*"
    r"|(?:muito )?obrigad[oa](?: (?:pela (?:ajuda|rapidez|atenção)|pelo (?:apoio"
    r"|suporte)|mesmo|a todos))*",
    "works": r"(?:tutto |ora |adesso |sì )*funziona(?:no)?(?: (?:tutto|ora|adesso"
    r"|di nuovo|bene|perfettamente|correttamente))*|(?:tudo |agora |já )*(?:está )?"
    r"(?:funciona|funcionando|a funcionar)(?: (?:bem|agora|novamente|de novo"
    r"|perfeitamente))*",
    "state": r"(?:il )?(?:problema )?(?:è |è stato )?risolto"
    r"|(?:o )?(?:problema )?(?:foi |está )?resolvido",
    "good": r"perfetto|ottimo|tutto (?:ok|a posto|bene|risolto)|tudo (?:ok|certo|bem)",
    "greeting": r"(?:buongiorno|buonasera|ciao|salve|gentil[ei]|olá|bom dia|boa tarde"
    r"|boa noite)(?: a tutti| a todos)?",
    "closing": r"(?:cordiali|distinti) saluti|saluti|(?:com os melhores |melhores )?"
    r"cumprimentos|atenciosamente|(?:um )?abraço",
}

_THING_JA = (
    r"(?:プリンター?|スキャナー?|パソコン|pc|メール|ネットワーク|ネット|vpn|outlook"
    r"|teams|excel|word|システム|画面|モニター?|キーボード|マウス|電話|ファイル"
    r"|フォルダー?|アカウント|パスワード|ログイン|プロジェクター?|wi-?fi|サーバー?"
    r"|インターネット|複合機|印刷|接続|アプリ|ソフト|端末|共有)"
)
_LEAD_JA = (
    r"(?:おかげさまで|お陰様で|無事に?|先ほど|現在|今|はい|こちらも?|すべて|全て|本件"
    r"|再起動後|、)*"
)
_WELL_JA = r"(?:また|再び|正常に|問題なく|無事に?|きちんと|普通に|ちゃんと|もう)*"
_STEM_JA = (
    r"(?:使え|印刷でき|接続でき|ログインでき|繋がり|つながり|開け|見られ|見え|送れ"
    r"|送信でき|受信でき|利用でき|使用でき|起動でき|アクセスでき|作業でき)"
)
JAPANESE = {
    "greeting": r"(?:いつも)?(?:大変)?お世話になって(?:おります|います)|お疲れ"
    r"(?:様|さま)"
    r"です|[^\s、。]{1,20}(?:御中|ご担当者様|各位)|こんにちは|おはようございます|こんばんは",
    "thanks": r"(?:どうも|誠に|本当に|大変|早速の?|迅速な|早急な|丁寧な|ご丁寧な"
    r"|お忙しい(?:ところ|中)|この度は|このたびは|いつも|早々に?|さっそくの?|、)*"
    r"(?:ご?(?:対応|返信|連絡|回答|協力|支援|サポート|修理|修正|手配|確認|解決|教示)"
    r"(?:を|の程)?)?(?:して)?(?:いただきまして|頂きまして|いただき|頂き|くださり|下さり)?"
    r"(?:、|誠に|本当に|どうも|大変)*(?:ありがとう|有難う|有り難う)"
    r"(?:ございます|ございました)?"
    r"|(?:心より|深く|本当に|大変)?感謝(?:します|いたします|致します|しております"
    r"|申し上げます)|(?:大変|本当に|とても)?助かりました|御礼申し上げます",
    "works": rf"{_LEAD_JA}(?:{_THING_JA}[のはがもをに]?)*{_WELL_JA}(?:{_STEM_JA}"
    r"(?:ました|ています|ております|ます)|(?:使え|印刷でき|接続でき|ログインでき|開け"
    r"|見られ|送れ|利用でき|使用でき)るようになり(?:ました|ます)|繋がるようになりました"
    r"|つながるようになりました|動いて(?:います|おります)|動きました|動作して(?:います"
    r"|おります)|動作しました|稼働しています)",
    "state": rf"{_LEAD_JA}(?:(?:問題|不具合|エラー|障害|トラブル|件"
    rf"|{_THING_JA})[はがも]?)*"
    rf"{_WELL_JA}(?:(?:解決|解消|復旧|改善|完了)(?:し|いたし|致し|され|でき)(?:ました"
    r"|ております|ています)|直り(?:ました)|治りました|直っています|解決済みです?)"
    r"|(?:特に)?問題は?(?:ありません(?:でした)?|ないです|なさそうです|ございません)"
    r"|大丈夫(?:です|そうです|でした)|okです|完璧です",
    "close": r"(?:チケット|本件|こちら|この件)[をは]?(?:クローズ|完了|終了)"
    r"(?:に)?(?:して)?"
    r"(?:いただいて|頂いて)?(?:構いません|結構です|大丈夫です|ください|下さい"
    r"|お願いします)",
    "ignore": r"(?:先ほど|先程|前回)の(?:メール|連絡|メッセージ)は?(?:無視|破棄)して"
    r"(?:ください|下さい)",
    "closing": r"(?:今後とも|引き続き|何卒|どうぞ|以上|、)*(?:よろしく|宜しく)"
    r"(?:お願い(?:いた|致|申し上げ)?(?:し)?ます)?|敬具|草々",
    "filler": r"(?:承知|了解|確認|承り|かしこまり)(?:いた|致)?(?:し)?ました|はい"
    r"|取り急ぎ(?:御礼|お礼|ご連絡)?(?:まで|申し上げます)?|以上(?:です)?"
    r"|(?:です|様|さん|さま|御中|より)",
}

ELSEWHERE = (GERMAN, FRENCH, SPANISH, ROMANCE, JAPANESE)
"""What is tried besides English and Chinese."""
