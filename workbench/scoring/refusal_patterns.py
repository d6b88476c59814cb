"""Wordings in which answers decline, in English and in other common languages.
Knows nothing about whole answers: each pattern is searched in one sentence, normalised and in any case."""

# Each pattern refers to the speaker, the documents or the question: "employees who do not know their PIN",
# "orders that cannot be found" and "no charge is mentioned on the invoice" decline nothing.
_NOT = r"(?:\s+not|n'?t|\s+never)"
_SOURCE_NOUN = (
    r"(?:passages?|documents?|documentation|contexts?|sources?|texts?|excerpts?|extracts?|materials?|"
    r"snippets?|"
    r"search results?|knowledge base|information (?:provided|given|available))"
)
_SOURCE = (
    r"(?:(?:the|these|this|those|any|your|our|my|its)\s+)?"
    rf"(?:(?:(?:provided|given|retrieved|available|above|supplied|following|relevant|"
    rf"\w+ed)\s+)?{_SOURCE_NOUN}|"
    r"(?:provided|given|retrieved|supplied)\s+\w+)(?:\s+(?:provided|given|above|available))?"
)
_IN_SOURCE = rf"(?:in|from|by|within|among|with|using|based (?:only |solely )?on)\s+(?:any of\s+)?{_SOURCE}\b"
_SAYS = (
    r"(?:contains?|mentions?|says?|states?|specif(?:y|ies)|provides?|answers?|includes?|covers?|"
    r"address(?:es)?|"
    r"gives?|holds?|discuss(?:es)?|indicates?|describes?|tells?|offers?|explains?|reveals?|clarif(?:y|"
    r"ies)|names?)"
)
_TOLD = (
    r"(?:mentioned|stated|specified|covered|provided|given|answered|described|found|included|indicated|"
    r"addressed|discussed|available|contained|present|listed|disclosed|clear)"
)
_UNTOLD = r"(?:mentioned|stated|specified|disclosed|indicated|answered|addressed|discussed)"
_MATTER = r"(?:information|answers?|details?|mention|indication)"
_QUALIFIED = (
    r"(?:(?:any|enough|the|that|this|such|specific|sufficient|relevant|detailed|exact|current|precise|"
    r"further|"
    r"additional|more|latest|direct|explicit|clear|up-to-date|real-time|access to|anything|other|"
    r"about)\s+)*"
)
_FIND = (
    r"(?:answer|find|determine|provide|locate|say|tell|assist|confirm|give|identify|see|verify|comment|"
    r"help(?:\W*$| you| with| answer| here))"
)
_SPEAKER_CANNOT = (
    r"\b(?:i|we)(?: (?:am|are|was|were)|'m|'re)?(?: afraid)?(?: (?:i|we))? "
    rf"(?:can\s?not|can'?t|could not|couldn't|(?:un|not )able to)(?: (?:accurately|currently|reliably|"
    rf"directly|still))? "
    rf"{_FIND}"
)

ENGLISH = (
    # The speaker: I don't know. We have no information. I'm not able to find that.
    rf"\b(?:i|we) (?:really |honestly )?(?:do|did){_NOT} know\b(?! of\b)",
    rf"\b(?:i|we) (?:still |currently )?(?:do|did|could){_NOT} (?:currently )?(?:see|find|have) "
    rf"{_QUALIFIED}"
    rf"(?:{_MATTER}|context)\b",
    rf"\b(?:i|we) (?:do|did){_NOT} have the (?:current|exact|latest|specific|precise)\b",
    rf"\b(?:i|we) (?:do|did|could){_NOT} (?:see|find|have) (?:anything|this|that|it)\b.{{0,60}}?"
    rf"(?:\babout\b|{_IN_SOURCE})",
    rf"\b(?:i|we) (?:have|had|found|find|see) (?:no (?:\w+ )?(?:{_MATTER}|idea)|nothing (?:about|on))\b",
    rf"{_SPEAKER_CANNOT}\b",
    rf"\b(?:i|we) (?:was|were|am|are)n't able to {_FIND}\b",
    r"\b(?:i am|i'm|we are|we're) (?:not sure|not certain|unsure)\b",
    r"^\W*(?:sorry\W+)?(?:but )?(?:i am|i'm) not (?:aware|familiar)\b",
    rf"^\W*(?:sorry\W+)?(?:unable|not able|cannot|can't|could not)(?: to)? {_FIND}\b",
    # The documents: they do not say, none of them says, they say nothing about it.
    rf"\b{_SOURCE} (?:do|does|did){_NOT} (?:\w+ ){{0,2}}?{_SAYS}\b(?! (?:only|just)\b)",
    rf"\b{_SOURCE} (?:fails? to {_SAYS}|lacks?\b|(?:{_SAYS}|makes?) (?:no|nothing)\b|(?:is|are) silent\b)",
    rf"\b(?:none|neither|not one|nothing) (?:of |in )?(?:\w+ )?{_SOURCE} (?:\w+ )?{_SAYS}\b",
    rf"\bneither (?:passage|document|source) {_SAYS}\b",
    # The matter: it is not mentioned in the documents; there is no information about it.
    rf"\b(?:(?:is|are|was|were|do|does|did|has|have){_NOT}(?: been)?|not) (?:\w+ )?(?:{_TOLD} |appear )?"
    rf"(?:anywhere |directly |explicitly )?{_IN_SOURCE}",
    rf"^(?:.{{0,40}}\b)?(?:the |this |that |such |any )?(?:{_MATTER}|question)\b.{{0,40}}?"
    rf"\b(?:is|are|was|were|has|have){_NOT}(?: been)? (?:\w+ly )?{_TOLD}\W*$",
    rf"^(?:(?:unfortunately|sorry|(?:according to|based on|from) {_SOURCE})\W+)?"
    rf"(?:(?:this|that|it) (?:is|was)|(?:it|that)'s){_NOT} (?:\w+ly )?(?:{_UNTOLD}|clear)(?: anywhere|"
    r" in the \w+)?\W*$",
    rf"^the [^,;:]{{1,80}} (?:is|are|was|were){_NOT} (?:\w+ly )?(?:{_UNTOLD})\W*$",
    # "It does not say.", "The manual doesn't mention this." and nothing more
    rf"^(?:it|they|the (?:\w+ ){{1,3}}?)\s*(?:do|does|did){_NOT} (?:say|mention|specify|state|tell)"
    r"(?: (?:so|this|that|it|anything|(?:about|who|what|when|where|why|how|which|whether)\b[^,;:]*))?\W*$",
    rf"^nothing (?:is|was) (?:said|{_UNTOLD}|written) (?:about|on|of|regarding) (?:this|that|it|the)\b",
    rf"^nothing (?:about|on|regarding) (?:this|that|it) (?:is|was) (?:said|{_UNTOLD}|written)\b",
    rf"^(?:the |this |that )?{_MATTER} (?:is|are) missing {_IN_SOURCE}",
    r"^no mention (?:is|was|has been) made (?:of|about)\b",
    rf"^the (?:exact|specific|precise) [^,;:]{{1,60}} (?:is|are|was|were){_NOT} (?:given|provided|"
    rf"listed)\W*$",
    rf"\bthere(?: is| are| was|'s)(?: no|{_NOT} any) (?!definitive|single)(?:\w+ ){{0,2}}?{_MATTER} "
    rf"(?:about|on|of|for|regarding|concerning|in|to|that|as to)\b",
    rf"\bthere(?: is| are| was|'s)(?: no|{_NOT} any) (?:\w+ )?(?:{_MATTER})(?: {_TOLD})?\W*$",
    r"\bthere(?: is| are| was|'s) no record of (?:this|that|it)\W*$",
    rf"^no (?:\w+ ){{0,2}}?{_MATTER}\b.{{0,60}}\b(?:{_TOLD}|{_IN_SOURCE})",
    r"^(?:no|without) (?:\w+ )?(?:mention|information|details?) (?:about|of|on|regarding) (?:this|that|"
    r"it)\W*$",
    rf"\b(?:unclear|unknown|not possible to (?:say|tell|determine|answer|know)|impossible to "
    rf"(?:say|tell|determine|answer|know))\b.{{0,60}}{_IN_SOURCE}",
    rf"{_IN_SOURCE}.{{0,20}}\b(?:unclear|unknown|not possible to|impossible to)\b",
    r"^\W*(?:it is|it's) (?:not possible|impossible) to (?:say|tell|determine|answer|know|provide|give|"
    r"confirm)\b",
    r"^\W*(?:sorry\W+)?(?:it is|it's) (?:currently )?(?:unclear|not clear|unknown|uncertain) "
    r"(?:who|what|when|where|why|how|which|whether|if)\b",
    rf"\b(?:i|we) need more (?:{_MATTER}|context)\b",
    r"^.{0,20}\byour question is (?:incomplete|unclear)\b",
    rf"\b(?:(?:this|the|your|that) (?:question|answer|information)|it|this|that) "
    rf"(?:can\s?not|can't|could not|couldn't) be (?:answered|determined|found|inferred|provided)\b"
    rf"(?:\W*$|.{{0,20}}{_IN_SOURCE})",
    rf"^\W*(?:can\s?not|can't|could not|couldn't) be (?:answered|determined|found|inferred)\b"
    rf"(?:\W*$|.{{0,20}}{_IN_SOURCE})",
    rf"\bthere(?: is| was|'s) nothing (?:(?:about|on|regarding) .{{0,40}})?{_IN_SOURCE}",
    rf"\b(?:(?:not|isn't|aren't) enough|insufficient) (?:{_MATTER}|context|data)\b",
)  # fmt: skip

# What a model says of itself before it answers: of one alone it is a refusal, before an answer it is none.
DISCLAIMER = (
    r"\bas an? (?:ai|artificial|large|language)\b|\blanguage model\b|\breal-time\b|\bknowledge "
    r"cut-?\s?off\b|"
    r"\b(?:up-to-date|latest|current) (?:information|data|events)\b|\bpersonal (?:opinion|experience|"
    r"belief)"
)

# A second sentence that gives an answer after all.
ANSWERS_AFTER_ALL = (
    r"\b(?:i can (?:tell|say|confirm)|based on|according to|as of (?:\w+ )?\d{4}|to answer your question|"
    r"the answer is|(?:can|may) be inferred|in most\b|generally\b|typically\b|usually\b|most likely\b|"
    r"it is (?:likely|probable|reasonable)|it (?:likely|probably)|which implies)"
)
# A sentence beside a refusal that answers nothing either: an offer, advice where to ask.
COURTESY = (
    r"^\W*(?:please\b|you (?:can|may|could|might|should)\b|if you\b|let me know\b|feel free\b|i "
    r"(?:recommend|"
    r"suggest|would recommend|would suggest|apologi)|i'd (?:recommend|suggest)|it is best\b|would you\b|"
    r"could you\b|can you\b|did you mean\b|is there\b|do you\b|for (?:more|further|the latest|accurate)\b|"
    r"try\b|i (?:can help|could help|will|would be|can try)\b|(?:i'm |i am )?sorry\W*$|unfortunately\W*$)"
)  # fmt: skip
APOLOGY = r"^\W*(?:i'm sorry|i am sorry|sorry|unfortunately|regrettably|i apologi[sz]e)\b"

# What comes after a refusal in the same sentence.
BUT = r"[,;.]? (?:but|however|though|yet|although)\b,?\s*"

# A clause that says when something holds: what it says declines nothing.
CONDITION = (
    r"\b(?:if|when|whenever|unless|until|in case|wenn|falls|sofern|si|cuando|se|quando|als|indien|wanneer|"
    r"если|когда|jeśli|jeżeli|gdy)\b[^,;:]*$|(?:如果|若|もし)[^，,、。]*$"
)

BARE = (
    r"^\W*(?:(?:the )?answer(?: is)?\W+)?(?:n/?a|(?:(?:it|this|that) is )?unknown|unspecified|"
    r"no data|no such information|idk|don't know|unanswerable|unclear|no answer|no information|no "
    r"idea|information not available|"
    r"no mention|none (?:given|mentioned|stated|specified)|"
    rf"not (?:found|documented|answerable|available|known|sure|given|provided|applicable|{_UNTOLD}|clear))"
    r"(?: with(?:in)? .{0,40})?\W*$",
    r"^\W*(?:leider\W+)?(?:(?:das |dies |es )?(?:ist |wird )?nicht (?:angegeben|erwähnt|bekannt|genannt|"
    r"spezifiziert|"
    r"beantwortbar)|unbekannt|keine "
    r"(?:angaben?|informationen)|"
    r"(?:(?:ce|cela|ça) n'est pas|non) (?:précisée?|spécifiée?|mentionnée?|indiquée?)|inconnue?|aucune "
    r"information|"
    r"no (?:se |está )?(?:especificad[oa]|mencionad[oa]|indicad[oa]|especifica|menciona|indica|"
    r"disponible)|no consta|"
    r"desconocid[oa]|"
    r"não (?:está |é )?(?:especificad[oa]|mencionad[oa]|informad[oa]|disponível)|desconhecid[oa]|"
    r"desconheço|geen idee|non saprei|"
    r"non (?:è |viene )?(?:specificat[oa]|menzionat[oa]|indicat[oa]|disponibile)|sconosciut[oa]|nessuna "
    r"informazione|"
    r"(?:(?:dit|dat) (?:is|wordt) )?niet (?:vermeld|gespecificeerd|bekend|genoemd|beschikbaar)|onbekend|"
    r"geen informatie|"
    r"не (?:указано|упоминается|известно|упомянуто)|неизвестно|нет (?:информации|данных)|"
    r"nie (?:podano|określono|wspomniano)|brak informacji|belirtilmemiş(?:tir)?|bilinmiyor|"
    r"(?:هذه المعلومات )?غير (?:محدد|مذكور|معروف|متوفر|متاح)ة?(?: في (?:\w+ ?){1,3})?|"
    r"उल्लेख नहीं|未提及|未说明|未說明|未知|不详|不詳|未指定|未提供|没有提到|"
    r"(?:没有|沒有|无|無)(?:相关|相關)?(?:信息|资料|資訊|資料)|(?:ikke|inte|ej) "
    r"(?:angivet|angivna?|oppgitt|nevnt|nævnt|"
    r"nämnt)|okänt|ukendt|ukjent|"
    r"不明|記載なし|情報なし|記載(?:が|は)ありません|명시되지 않음|언급 없음|알 수 없음|"
    r"정보(?:가|는) 없습니다|không rõ|tidak disebutkan|tidak "
    r"(?:diketahui|tahu))\W*$",
    # "This information is not available." and nothing more
    r"^\W*(?:(?:die|diese) information(?:en)? (?:ist|sind) nicht (?:verfügbar|enthalten|angegeben|vorhanden)|"
    r"(?:l'|cette )information n'est pas (?:disponible|fournie|précisée|donnée|mentionnée)|"
    r"(?:la|esta|esa) información no (?:está|se encuentra|aparece|es) ?(?:disponible|mencionada|indicada)?|"
    r"(?:a|essa|esta) informação não (?:está|é|foi) (?:disponível|mencionada|fornecida)|"
    r"(?:l'|questa )informazione non è (?:disponibile|presente|fornita|menzionata)|"
    r"(?:de|deze) informatie is niet (?:beschikbaar|aanwezig|vermeld))\W*$",
)

# No sentence without one of these declines: the others need not be searched.
CUE = (
    r"\bno[nt]?\b|n't\b|\bdont\b|\bn/a\b|none|nothing|neither|never|cannot|unable|unclear|unknown|unsure|"
    r"uncertain|"
    r"unanswer|"
    r"impossible|insufficient|incomplete|missing|lack|fail|silent|without|need more|"
    r"nicht|kein|fehlt|unbekannt|pas\b|aucun|rien|nessun|l'ignore|inconnu|descono[cz]|desconhe[cç]|saprei|não|"
    r"sconosciut|"
    r"niet|geen|"
    r"onbekend|"
    r"\bне|нет|отсутств|\bnie\b|brak|bilinm|bilm|yok|değil|bulunm|alm[ıa]|belirtilm|geçm|verilm|içerm|"
    r"bahsedilm|l[ae]m[ıia]|mıyor|لا|لم|غير|नहीं|[没沒無无未不]|ません|なし|않|없|모르|모릅|언급|"
    r"không|tidak|\b(?:inte|ej|ingen|inget|ingenting|ikke|intet)\b|nevím|"
    r"\bneviem|\bne (?:znam|vem)|není|neuv[aá]d|\bei(?:vät)? mainit|\ben (?:tiedä|osaa)|\bnem (?:tud|"
    r"említ|tartalm)|\bnu [sș]ti|δεν|לא|איני|אינני|ไม่"
)

_ROMANCE_GAP = r"(?:[\w'-]+ ){0,3}"
OTHER_LANGUAGES = (
    # German
    r"\bich wei(?:ß|ss) (?:es |das )?(?:leider )?nicht\b|\bwei(?:ß|ss) ich (?:leider )?nicht\b|\bkeine "
    r"ahnung\b",
    r"\bkeine (?:\w+ )?(?:angaben?|information(?:en)?|hinweise?|antwort|erwähnung|details) "
    r"(?:dazu|darüber|hierzu|gefunden|zu|über|vorhanden|verfügbar|in)\b",
    r"\b(?:dokument|passage|abschnitt|text|kontext|quelle|unterlage|auszug|auszüge)\w*\b.{0,40}\b(?:nicht|"
    r"nichts|"
    r"keine)\b.{0,30}\b(?:hervor|erwähnt|genannt|angegeben|beantwort\w+|enthalten|gesagt|angaben?|"
    r"information(?:en)?|antwort|zu finden|darüber|dazu)\b",
    r"\b(?:dokumente?|passagen?|texte?|kontext|quellen?|unterlagen) (?:enthalten|enthält|nennen|nennt|"
    r"erwähnen|"
    r"erwähnt|sagen|sagt|geben|gibt|beantworten|beantwortet) .{0,40}?\b(?:nicht|nichts|keine)\b",
    r"\b(?:dazu|darüber|davon|hierzu|hierüber)\b.{0,30}\b(?:stehen|steht|finde\w*|gefunden|sagen|sagt|"
    r"geben|gibt|liegen|"
    r"liegt|habe|haben|ist|wird)\b.{0,40}\b(?:nichts (?:gefunden|bekannt|gesagt|erwähnt|zu finden|in|"
    r"im)\b|nichts\W*$|"
    r"keine (?:auskunft|angaben?|aussagen?|information(?:en)?)\b)|\bdavon (?:\w+ ){0,3}?nicht die rede\b|"
    r"\b(?:dazu|darüber|hierzu) (?:kann|können) (?:ich|wir) (?:leider )?nichts sagen\b|\bist mir nicht "
    r"bekannt\W*$|"
    r"^\W*(?:die|diese) information(?:en)? fehl(?:t|en) in (?:den|dem|der) (?:dokument|text|unterlage|"
    r"passage)\w*|"
    r"\b(?:steht|stehen|findet sich) (?:dazu|darüber|hierzu|davon) (?:leider )?nichts\b",
    r"\b(?:ich|wir) (?:habe|haben|konnte|konnten|kann|können|finde|finden)\b.{0,20}\b(?:dazu|darüber|"
    r"hierzu)\b.{0,20}"
    r"\b(?:nichts (?:gefunden|finden|sagen)\b|nichts\W*$)",
    r"\b(?:diese |ihre |die )?frage (?:kann|können|konnte|konnten) (?:ich|wir) (?:\w+ ){0,3}nicht "
    r"beantworten\b"
    r"|^\W*(?:leider )?(?:kann (?:die|diese|ihre) frage|(?:die|diese|ihre) frage kann) (?:\w+ ){0,5}nicht "
    r"beantwortet werden\b",
    r"^\W*(?:das|dies|es) (?:steht|findet sich) (?:\w+ )?(?:nicht|nirgends) (?:in|im) (?:\w+ "
    r"){0,2}?(?:dokument|text|kontext|"
    r"unterlage|abschnitt|passage)\w*",
    r"\b(?:(?:ich|wir) (?:kann|können|konnte|konnten)|(?:kann|können|konnte|konnten) (?:ich|wir)) "
    r".{0,60}\b(?:(?:frage|information|antwort|angabe)\w* "
    r".{0,40}nicht|"
    r"keine .{0,20}(?:information|antwort|angabe)\w*) .{0,40}\b(?:beantworten|finden|sagen|entnehmen|"
    r"geben)\b",
    r"\b(?:steht|stehen|finde[tn] sich|ist|sind|wird|werden) (?:leider )?(?:nicht|nirgends|nirgendwo) "
    r"(?:\w+ )?in (?:den|dem|diesen|diesem|der|dieser) (?:\w+ )?"
    r"(?:dokument|passage|text|kontext|quelle|unterlage|auszüg)\w*\b",
    # French
    r"\b(?:je n'ai|nous n'avons) (?:pas|rien) (?:pu )?(?:trouv|répond)\w*\b.{0,40}"
    r"\b(?:information|réponse|renseignement|document)",
    r"\b(?:ne figure|ne se trouve|n'apparaît|n'apparait|n'est|ne sont) (?:\w+ )?(?:pas|nulle part) "
    r"(?:disponible|présente?|donnée?|trouvée?)?s? ?dans (?:les|le|la|ces|ce|cette) (?:\w+ )?"
    r"(?:document|passage|texte|contexte|source|extrait)",
    r"\bil n'y a (?:pas|aucune) (?:d'|de )?(?:information|mention|réponse|indication)s? (?:à ce|sur ce|"
    r"sur cela|dans)\b",
    r"\b(?:document|passage|texte|contexte|source|extrait)s? n'en (?:parle|fait|font|dit|disent)\w* "
    r"(?:pas|aucune|rien)\b|"
    r"\bje n'ai pas (?:cette|la|de|d') ?(?:information|réponse)|\brien n'est (?:dit|indiqué|mentionné|"
    r"précisé) (?:à ce|sur|"
    r"dans)\b",
    r"\bje n'en sais rien\b|\bje ne (?:le |la )?sais pas\b(?=[.,!]|$)|\bje l'ignore\b|\baucune idée\b",
    rf"\b(?:document|passage|texte|contexte|source|extrait)s?\b.{{0,40}}\bne? ?(?:\w+ )?'?(?:mentionn|"
    rf"précis|contien|"
    rf"indiqu|fourni|répond|dis|donn|parl|permett?)\w* {_ROMANCE_GAP}(?:pas|aucune?|rien)\b",
    r"\baucune (?:information|mention|réponse|indication) (?:\w+ )?(?:sur|à ce|concernant|dans|trouvée|"
    r"disponible|"
    r"n'est (?:disponible|fournie|donnée|mentionnée)|n'a été trouvée)\b",
    r"\b(?:je|nous) ne (?:peux|pouvons|trouve|trouvons|dispose|disposons|vois|parviens|suis) pas "
    r"(?:\w+ ){0,3}(?:répondre|information|informations|réponse)\b|\b(?:je|nous) (?:ne )?(?:dispose|"
    r"disposons|trouve|"
    r"trouvons|n'ai|n'avons) (?:pas |trouvé )?(?:aucune|d'|assez d'|suffisamment d') ?(?:information|"
    r"réponse)",
    r"\b(?:n'est|ne sont|n'a) (?:pas|nulle part) (?:été )?(?:mentionn|précis|indiqu|spécifi|fourni)\w* "
    r".{0,20}"
    r"dans (?:les|le|la|ces|ce) (?:document|passage|texte|contexte|source|extrait)",
    # Spanish
    r"\bno (?:lo |ho )?s[eéè]\b(?=[.,!]|$| la respuesta)|^\W*lo desconozco\b",
    rf"\bno (?:hay|existe|encuentro|encontré|he encontrado|dispongo de|cuento con|tengo|se encontró) "
    rf"{_ROMANCE_GAP}"
    r"(?:información|respuesta|mención)\b",
    r"\b(?:documentos?|textos?|pasajes?|contexto|fuentes?|fragmentos?|información "
    r"proporcionada)\b.{0,30}\bno "
    r"(?:\w+ ){0,2}(?:mencion|indic|especific|contien|proporcion|dice|respond|inclu|señal|aport)\w*",
    r"\bno (?:se|está|es|aparece) (?:\w+ ){0,2}?(?:mencion|especific|indic)\w* .{0,20}\ben (?:los|el|la|"
    r"las|este|estos) "
    r"(?:documento|texto|pasaje|contexto|fuente|fragmento)",
    r"\bno (?:puedo|podemos|es posible) (?:responder|contestar|encontrar esa|encontrar la|determinar)\b",
    r"\bno (?:aparece|figura|está|se encuentra|consta) (?:\w+ )?en (?:los|el|la|las|este|estos|esta|estas) "
    r"(?:\w+ )?(?:documento|texto|pasaje|contexto|fuente|fragmento)",
    # Portuguese
    r"\bnão (?:aparece|figura|está|se encontra|consta) (?:\w+ )?(?:em|n[oa]s?|nest[ea]s?) (?:\w+ )?"
    r"(?:documento|texto|trecho|passage|contexto|fonte)",
    r"\bnão sei\b(?=[.,!]|$| (?:responder|a resposta))",
    r"\bnão (?:está|é|foi) (?:mencion|especific|indic|inform)\w* (?:em|n[oa]s?|nest[ea]s?) (?:documento|"
    r"texto|trecho|"
    r"passage|contexto|fonte)",
    rf"\bnão (?:há|existe|encontrei|encontramos|tenho|disponho de|foi encontrada) {_ROMANCE_GAP}"
    r"(?:informaç|resposta|menção)",
    r"\b(?:documentos?|textos?|trechos?|passage(?:m|ns)|contexto|fontes?)\b.{0,30}\bnão (?:\w+ "
    r"){0,2}(?:mencion|indic|"
    r"especific|cont[eéê]m|fornec|diz|respond|inclu|inform|fala)\w*",
    r"\bnão (?:posso|consigo|é possível) (?:responder|encontrar essa|encontrar a|determinar)\b",
    # Italian
    r"\bnon (?:lo )?so\b(?=[.,!]|$)|\bnon ne ho idea\b|\bnon sono in grado di (?:rispondere|trovare quest)",
    rf"\bnon (?:ho|trovo|c'è|ci sono|è disponibile|dispongo di|sono disponibili|ho trovato) {_ROMANCE_GAP}"
    r"(?:informazion|risposta|menzione|indicazion)",
    r"\b(?:document[oi]|test[oi]|passagg[io]|passaggi|contesto|font[ei]|bran[io])\b.{0,30}\bnon (?:\w+ "
    r"){0,2}(?:menzion|"
    r"indic|specific|contien|conten|conteng|parl|fornisc|dice|dicono|rispond|riport)\w*",
    r"\bnon (?:posso|riesco a|è possibile) (?:rispondere|trovare quest|trovare l|determinare)",
    r"\bnon (?:è|sono|viene|vengono|compare|appare|si trova) (?:\w+ )?(?:nei|nel|nelle|nella|in quest[aeio]) "
    r"(?:\w+ )?(?:document|test[oi]\b|passagg|contest|font[ei]\b|bran[io]\b)",
    # Dutch
    r"\b(?:documenten|document|passages?|teksten|tekst|context|bronnen|bron) (?:vermeld|noem|zeg|geven|geef|"
    r"bevat|beantwoord)\w*\b.{0,30}\b(?:niet|niets|geen)\b",
    r"\ber staat niets over\b.{0,30}\bin (?:de|het|deze|dit) (?:documenten|document|passages?|tekst|"
    r"context|bronnen)\b",
    r"\bstaa[tn] (?:\w+ )?(?:niet|nergens) in (?:de|het|deze|dit) (?:\w+ )?"
    r"(?:documenten|document|passages?|teksten|tekst|context|bronnen|bron)\b",
    r"\bweet ik (?:helaas )?niet\b|\bik weet (?:het|dat) (?:helaas )?niet\b",
    r"\bgeen (?:\w+ )?(?:informatie|antwoord|vermelding) (?:over|gevonden|beschikbaar|in de|hierover)\b",
    r"\b(?:documenten|document|passages?|teksten|tekst|context|bronnen|bron)\b.{0,40}\b(?:geen|niet|"
    r"niets)\b.{0,30}"
    r"\b(?:informatie|vermeld|genoemd|antwoord|over|gevonden|gezegd)\b",
    r"^\W*(?:helaas )?(?:kan (?:deze|de|uw|je) vraag|(?:deze|de|uw|je) vraag kan) (?:helaas )?niet "
    r"(?:worden beantwoord|beantwoord worden)",
    r"\b(?:ik (?:kan|kon)|(?:kan|kon) ik) (?:deze|die|uw|je|de|het|dit|dat) (?:\w+ ){0,6}niet (?:vinden|"
    r"beantwoorden)\b",
    # Russian
    r"\bя (?:\w+ )?не знаю\b|^\W*не знаю\W*$|^\W*(?:ja )?(?:не знам|ne znam|ne vem|neviem)\W*$",
    r"\bоб этом (?:ничего )?не (?:сказано|говорится|упоминается|упомянуто)\b|\bв тексте об этом ничего нет\b",
    r"\bдокументах (?:нема|немає|няма) (?:\w+ )?(?:інформац|информац)",
    r"\b(?:документ|текст|контекст|источник|отрыв|фрагмент|материал)\w* .{0,40}?\b(?:нет|не (?:\w+ "
    r")?(?:упом|указ|содерж|"
    r"говор|сообщ|найд|привод))",
    r"\b(?:нет|недостаточно|отсутствует|не найден\w|не наш[её]л|не нашла) (?:\w+ ){0,2}(?:информаци|ответ|"
    r"упоминани|"
    r"сведени)\w*",
    r"^\W*(?:информация|ответ|данные) (?:об этом )?не найден\w*",
    r"\bне (?:могу|можем|удалось) (?:\w+ ){0,2}(?:ответить|найти|определить)\b",
    # Polish
    r"\bnie wiem\b(?=[.,!]|$)",
    r"\bnie (?:mam|ma|znalazłem|znalazłam|znaleziono|posiadam) (?:\w+ ){0,3}(?:informacj|odpowiedzi|"
    r"wzmianki)",
    r"\b(?:dokument|tekst|fragment|kontekst|źródł)\w* .{0,30}?\bnie (?:\w+ )?(?:zawier|wspomin|podaj|"
    r"określa|mówi|"
    r"odpowiada)\w*",
    r"\bw (?:dokument|tekś|tekst|fragment|kontekś)\w* (?:\w+ )?nie (?:podano|określono|wspomniano|"
    r"wymieniono)\b",
    r"\bnie (?:mogę|można|potrafię) (?:\w+ ){0,3}(?:odpowiedzieć|ustalić)\b",
    # Turkish
    r"\bbilmiyorum\b(?=[.,!]|$)|\bbilgi (?:yok|bulunm\w+|bulamad\w+|mevcut değil)",
    r"\b(?:belge|doküman|metin|metn|pasaj|bağlam|kaynak)\w* .{0,60}(?:bulunm[au]|yer alm|belirtilm|"
    r"geçm[ei]|verilm|"
    r"içerm[ei]|bahsedilm)\w*",
    r"\bsoru\w* (?:\w+ )?(?:yanıtla|cevapla)\w*(?:mıyor|yamam|namaz)\w*",
    # Arabic
    r"لا (?:أعرف|أعلم|أدري)(?=[\s.،!]|$)|لا (?:توجد|يوجد|تتوفر|أملك|أجد) (?:\w+ ){0,2}(?:معلومات|إجابة|"
    r"ذكر)",
    r"(?:المستندات|المستند|الوثائق|الوثيقة|النصوص|النص|السياق|المصادر|الفقرات|المقاطع) (?:\w+ ){0,3}لا "
    r"(?:تذكر|يذكر|تحتوي|يحتوي|تتضمن|يتضمن|تحدد|توضح|تجيب)",
    r"لا (?:تذكر|يذكر|تحتوي|يحتوي|تتضمن|يتضمن) (?:المستندات|المستند|الوثائق|الوثيقة|النصوص|النص|السياق|"
    r"المصادر)",
    r"(?:لا (?:توجد|تتوفر)|لم أجد) هذه المعلومات",
    r"لا (?:أستطيع|يمكنني|يمكن) (?:\w+ ){0,2}(?:الإجابة|العثور)",
    # Hindi
    r"(?:मुझे (?:\S+ )?)(?:नहीं पता|पता नहीं|नहीं मालूम|मालूम नहीं)|मैं नहीं जानता|मैं नहीं जानती|^\W*पता "
    r"नहीं\W*$",
    r"(?:दस्तावे|पाठ|संदर्भ|स्रोत|अंश)\S* .{0,60}नहीं|(?:जानकारी|उत्तर|जवाब) (?:\S+ )?नहीं (?:है|मिल|दे|"
    r"दी)",
    # Chinese
    r"^\W*(?:抱歉|对不起|很抱歉|對不起)?\W*我?(?:们|們)?(?:也)?(?:不知道|不清楚|無法確定|无法确定)\W*$",
    r"(?:文档|文件|文本|资料|材料|段落|上下文|来源|信息|文檔|資料|來源|資訊|内容|內容)[^。]{0,20}(?:没有|"
    r"未|沒有|不包含|无|無)"
    r"[^。]{0,12}(?:提及|提到|说明|包含|涉及|指出|记载|相关|回答|說明|答案|相關|記載|信息|資訊)",
    r"^\W*(?:抱歉|对不起|很抱歉|對不起)?\W*(?:文中|文章|原文|正文)[^。]{0,8}(?:没有|未|沒有)(?:提及|提到|说明|說明|指出|记载|記載)",
    r"^\W*(?:根据|根據)[^。]{0,20}(?:无法|無法)(?:确定|確定|得知|判断|判斷|回答)",
    r"(?:无法|不能|無法)回答(?!的)|(?:无法|無法)(?:从|根据|從|根據)[^。]{0,20}(?:确定|得知|判断|找到|確定|判斷|"
    r"回答)",
    r"(?:没有|未|沒有)(?:找到|提供|提及|提到)[^。]{0,12}(?:信息|资料|答案|資訊|資料)",
    # Japanese
    r"(?:わかりません|分かりません|存じません|不明です)[。.\s]*$|(?:お答え|回答|答えること)(?:は|"
    r"が)?(?:できません|できかねます)",
    r"(?:文書|資料|ドキュメント|文章|テキスト|文脈|本文|コンテキスト|パッセージ|"
    r"情報源)[^。]{0,40}(?:記載されて|記載が|含まれて|"
    r"言及されて|言及が|見つかり|見つけられ|書かれて|示されて|述べられて|情報が|"
    r"情報は)[^。]{0,3}(?:いません|おりません|ありません|ません)",
    r"(?:質問|問い)[^。]{0,6}答え(?:られません|ることができません|られない)",
    r"(?:文書|資料|文章|本文)からは(?:判断|確認|特定)できません",
    r"情報(?:は|が)(?:\w{0,6})?(?:ありません|見つかりません)",
    # Korean
    r"(?:모르겠습니다|알 수 없습니다|모릅니다)[.\s]*$|(?:답변|대답)\S* ?(?:드릴 |할 )?수 없|"
    r"^\W*(?:답|답변|정보)[을를] 찾을 수 없",
    r"(?:문서|자료|텍스트|문맥|본문|지문|출처|문단)\S* .{0,40}(?:언급되어 있지 않|언급되지 않|포함되어 "
    r"있지 않|나와 있지 않|없습니다|"
    r"찾을 수 없|명시되어 있지 않|명시되지 않|제공되지 않)",
    # Vietnamese, Indonesian, Swedish, Danish, Norwegian, Czech
    r"\btôi không biết\b(?=[.,!]|$)|\bkhông (?:tìm thấy|có) (?:\w+ ){0,2}thông tin\b",
    r"\b(?:tài liệu|văn bản|đoạn văn|ngữ cảnh|nguồn)\b.{0,30}\bkhông (?:\w+ )?(?:đề cập|chứa|cung cấp|nêu|"
    r"nói)",
    r"\bsaya tidak tahu\b|\btidak (?:ada|ditemukan|menemukan) informasi\b|\b(?:dokumen|teks|konteks|"
    r"sumber)\b.{0,40}"
    r"\btidak (?:menyebutkan|berisi|memuat|menjelaskan|mencantumkan)\b",
    r"\bjag vet (?:tyvärr )?inte\b|\bdet ve[td] jeg (?:desværre |dessverre )?ikke\b|\bdet vet jag "
    r"(?:tyvärr )?inte\b|\bjeg (?:ved|vet) (?:det )?(?:desværre |dessverre )?"
    r"ikke\b(?=[.,!]|$)|\bnevím\b(?=[.,!]|$)",
    r"\bdet (?:framgår|fremgår) (?:inte|ikke) (?:av|af)\b|\bdet (?:står|anges|nevnes|nævnes) (?:inte|"
    r"ikke) (?:något )?i "
    r"(?:dokument|text|tekst|kontext|kontekst)\w*",
    r"\b(?:dokument|text|tekst|kontext|kontekst|källor|kilde)\w* (?:nämner|nævner|nevner|anger|angiver|"
    r"angir|säger|siger|"
    r"sier|innehåller|indeholder|inneholder) (?:\w+ )?(?:inte|ikke|inget|ingenting|ingen (?:information|"
    r"informasjon|"
    r"oplysninger|opplysninger|uppgifter))\b",
    r"\b(?:jag (?:kan|kunde) (?:tyvärr )?inte|jeg (?:kan|kunne) (?:desværre |dessverre )?ikke) (?:svara|"
    r"svare|besvara|"
    r"besvare|hitta|finde|finne) (?:på )?(?:den |det |denna |dette |denne |dette )?(?:fråg|spørgsmål|"
    r"spørsmål|svar|information|"
    r"informasjon)\w*",
    # Finnish, Hungarian, Romanian, Greek, Hebrew, Thai
    r"\ben tiedä\b(?=[.,!]|$)|\ben osaa (?:vastata|sanoa)\b|\b(?:asiakirj|teksti)\w* ei(?:vät)? mainit\w*|"
    r"\bnem tudom\b(?=[.,!]|$)|\b(?:dokumentum|szöveg)\w* nem (?:említ|tartalmaz)\w*|"
    r"\bnu [sș]tiu\b(?=[.,!]|$| răspunsul)|\bv (?:dokument|text)\w* (?:to )?není (?:uveden|zmíněn)\w*|"
    r"\bδεν (?:το )?(?:ξέρω|γνωρίζω)\b(?=[.,!]|$)|^\W*(?:אני )?(?:לא|איני|אינני) יודעת?\W*$|"
    r"^\W*(?:ผม|ฉัน|ดิฉัน)?ไม่(?:ทราบ|รู้)(?:ครับ|ค่ะ|คะ)?\W*$",
)  # fmt: skip
