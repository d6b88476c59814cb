"""Answers that are nothing but a refusal ("Not specified."), and the words that every refusal has one of.
Knows nothing about longer answers: BARE is a whole sentence, normalised and in any case."""

from workbench.scoring.refusal_patterns import UNTOLD

BARE = (
    r"^\W*(?:(?:the )?answer(?: is)?\W+)?(?:n/?a|(?:(?:it|this|that)(?: is|'s) )?unknown|unspecified|"
    r"no data|no such information|idk|don't know|unanswerable|unclear|no answer|no information|no "
    r"idea|information not available|"
    r"no mention|none (?:given|mentioned|stated|specified)|"
    rf"not (?:found|documented|answerable|available|known|sure|given|provided|applicable|{UNTOLD}|clear))"
    r"(?: with(?:in)? .{0,40})?\W*$",
    r"^\W*(?:leider\W+)?(?:(?:das |dies |es )?(?:ist |wird )?nicht (?:angegeben|erwähnt|bekannt|genannt|"
    r"spezifiziert|"
    r"beantwortbar)|unbekannt|keine "
    r"(?:angaben?|informationen)|"
    r"(?:(?:ce|cela|ça) n'est pas|non) (?:précisée?|spécifiée?|mentionnée?|indiquée?)|inconnue?|aucune "
    r"information|"
    r"no (?:(?:se |está )?(?:especificad[oa]|mencionad[oa]|indicad[oa]|especifica|menciona|indica)|"
    r"disponible)|"
    r"no consta|"
    r"desconocid[oa]|"
    r"não (?:(?:está |é )?(?:especificad[oa]|mencionad[oa]|informad[oa])|disponível)|desconhecid[oa]|"
    r"desconheço|geen idee|non saprei|"
    r"non (?:(?:è |viene )?(?:specificat[oa]|menzionat[oa]|indicat[oa])|disponibile)|sconosciut[oa]|"
    r"nessuna informazione|"
    r"(?:(?:dit|dat) (?:is|wordt) )?niet (?:vermeld|gespecificeerd|bekend|genoemd)|niet beschikbaar|onbekend|"
    r"geen informatie|"
    r"не (?:указано|упоминается|известно|упомянуто)|неизвестно|нет (?:информации|данных)|"
    r"nie (?:podano|określono|wspomniano)|brak informacji|(?:to )?není (?:uveden|zmíněn|znám)[oay]?|"
    r"neuvedeno|"
    r"belirtilmemiş(?:tir)?|bilinmiyor|"
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
    r"nicht|kein|fehlt|unbekannt|pas\b|aucun|rien|nessun|l'ignore|inconnu|descono[cz]|desconhe[cç]|saprei|"
    r"não|"
    r"sconosciut|"
    r"niet|geen|"
    r"onbekend|"
    r"\bне|нет|отсутств|\bnie\b|brak|bilinm|bilm|yok|değil|bulunm|alm[ıa]|belirtilm|geçm|verilm|içerm|"
    r"bahsedilm|l[ae]m[ıia]|mıyor|لا|لم|غير|नहीं|[没沒無无未不]|ません|なし|않|없|모르|모릅|언급|"
    r"không|tidak|\b(?:inte|ej|ingen|inget|ingenting|ikke|intet)\b|nevím|"
    r"\bneviem|\bne (?:znam|vem)|není|neuv[aá]d|\bei(?:vät)? mainit|\ben (?:tiedä|osaa)|\bnem (?:tud|"
    r"említ|tartalm)|\bnu [sș]ti|δεν|לא|איני|אינני|ไม่"
)
