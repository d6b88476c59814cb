"""Wordings in which answers decline in about thirty languages other than English.
Knows nothing about whole answers: each pattern is searched in one sentence, normalised and in any case."""

_ROMANCE_GAP = r"(?:[\w'-]+ ){0,3}"
_DAZU = r"(?:dazu|darüber|davon|hierzu|hierüber)"
_TEXT_DE = r"\b(?:dokument|passage|abschnitt|text|kontext|quelle|unterlage|auszug|auszüge)\w*"
_KEINE_DE = r"keine (?:auskunft|angaben?|aussagen?|information(?:en)?)\b"
_DANS_FR = r"dans (?:les|le|la|ces|ce|cette) (?:\w+ )?(?:document|passage|texte|contexte|source|extrait)"
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
    # "Dazu steht nichts in den Dokumenten", but not "dazu braucht man nichts".
    rf"\b{_DAZU} (?:\w+ ){{0,3}}?nichts (?:\w+ )?(?:in|im|aus)\b.{{0,12}}{_TEXT_DE}",
    rf"{_TEXT_DE}.{{0,30}}\b{_DAZU} (?:\w+ ){{0,2}}?(?:nichts\W*$|{_KEINE_DE}|nicht die rede\b)",
    rf"^\W*{_DAZU} (?:sagt|sagen|gibt|geben|enthält|enthalten|macht|machen) (?:der|die|"
    rf"das) {_TEXT_DE} (?:\w+ )?"
    rf"(?:nichts|{_KEINE_DE})",
    rf"^\W*(?:leider )?{_DAZU} (?:(?:habe|finde|kann|konnte) ich|(?:haben|finden|können|"
    rf"konnten) wir) (?:leider )?"
    rf"(?:nichts (?:gefunden|finden|sagen)|nichts\W*$|{_KEINE_DE})",
    r"\b(?:(?:ich|wir) (?:habe|haben|konnte|konnten|kann|können|finde|finden)|leider (?:habe|finde|kann|"
    rf"konnte) ich) {_DAZU} (?:leider )?"
    r"(?:nichts (?:gefunden|finden|sagen)|nichts\W*$)",
    rf"^\W*(?:leider )?{_DAZU} (?:liegen|gibt es) (?:mir )?(?:leider )?{_KEINE_DE}(?: vor)?\W*$",
    rf"^\W*(?:leider )?{_DAZU} (?:wird|ist|wurde) (?:leider |hier |dort )?nichts (?:gesagt|erwähnt|angegeben|"
    r"ausgesagt|mitgeteilt)\W*$",
    r"^\W*das ist mir (?:leider )?nicht bekannt\W*$",
    rf"^\W*(?:die|diese) information(?:en)? fehl(?:t|en) in (?:den|dem|der) {_TEXT_DE}",
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
    r"\bil n'y a (?:pas|aucune) (?:d'|de )?(?:information|mention|réponse|indication)s? "
    rf"(?:à ce (?:sujet|propos)|sur (?:cela|ce (?:sujet|point))|{_DANS_FR})",
    r"\b(?:document|passage|texte|contexte|source|extrait)s? n'en (?:parle|fait|font|dit|disent)\w* "
    r"(?:pas|aucune|rien)\b|"
    r"\bje n'ai pas (?:cette|la|de|d') ?(?:information|réponse)|\brien n'est (?:dit|indiqué|mentionné|"
    rf"précisé) (?:à ce (?:sujet|propos)|sur (?:cela|ce (?:sujet|point))|{_DANS_FR})",
    r"\bje n'en sais rien\b|\bje ne (?:le |la )?sais pas\b(?=[.,!]|$)|\bje l'ignore\b|\baucune idée\b",
    rf"\b(?:document|passage|texte|contexte|source|extrait)s?\b.{{0,40}}\bne? ?(?:\w+ )?'?(?:mentionn|"
    rf"précis|"
    rf"indiqu|fourni|répond|dis|donn|parl|permett?)\w* {_ROMANCE_GAP}(?:pas|aucune?|rien)\b",
    # "Ce document ne contient pas de sucre" is a statement, "ces passages ne contiennent pas de date" none.
    r"\b(?:documents|passages|contexte|extraits)\b.{0,40}\bne contien\w* (?:\w+ )?(?:pas|aucune?)\b",
    r"\b(?:document|passage|texte|contexte|source|extrait)s?\b.{0,40}\bne contien\w* (?:\w+ )?(?:rien\b|"
    r"(?:pas|aucune?) (?:\w+ |d'|l'){0,3}(?:information|mention|réponse|indication|détail|précision|élément|"
    r"donnée|renseignement))",
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
    r"\bno (?:lo |ho )?s[eéè]\b(?=[.,!]|$| la respuesta)"
    r"|^\W*(?:lo desconozco\b|desconozco (?:la respuesta|esa información|ese dato)\b)",
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
    r"\bik (?:kan|kon) (?:deze|die|uw|je|de|het|dit|dat) (?:\w+ ){0,6}niet (?:vinden|beantwoorden)\b|"
    r"\b(?:kan|kon) ik (?:deze|die|uw|je|de|dit|dat) (?:vraag|informatie|"
    r"antwoord) (?:\w+ ){0,2}niet (?:vinden|"
    r"beantwoorden)\b",
    # Russian
    r"\bя (?:\w+ )?не знаю\b|^\W*не знаю\W*$|^\W*(?:ja )?(?:не знам|ne znam|ne vem|neviem)\W*$",
    r"\bоб этом (?:ничего )?не (?:сказано|говорится|упоминается|упомянуто)(?:\W*$| в (?:\w+ )?(?:документ|"
    r"текст|контекст|материал))|\bв тексте об этом ничего нет\b",
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
    r"\b(?:dokumen[tc]|tek[sś]t|tek[sś]c|fragmen[tc]|kontek[sś]|"
    r"źród[łe])\w* .{0,30}?\bnie (?:\w+ )?(?:zawier|wspomin|podaj|"
    r"określa|mówi|"
    r"odpowiada)\w*",
    r"\bw (?:dokumen[tc]|tek[sś]|fragmen[tc]|kontek[sś]|źród[łe])\w* (?:\w+ )?nie (?:podano|określono|"
    r"wspomniano|"
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
    r"^\W*(?:根据|根據)(?:现有|現有|提供|给定|給定|所给|所給|以上|文|资料|資料|信息|資訊|上下文)[^。]{0,16}(?:无法|無法)(?:确定|確定|得知|判断|判斷|回答)",
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
    r"^\W*(?:답|답변|정보)[을를] 찾을 수 없(?:습|어|다|음|네)",
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
    r"^\W*(?:det (?:framgår|fremgår|fremkommer)|ve[td]) (?:\w+ )?(?:inte|ikke)\W*$",
    r"\bdet (?:framgår|fremgår) (?:inte|ikke) (?:av|af) (?:\w+ )?(?:dokument|text|tekst|kontext|kontekst|"
    r"kild|käll)|\bdet (?:står|anges|nevnes|nævnes) (?:inte|"
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
