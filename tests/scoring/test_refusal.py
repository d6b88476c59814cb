"""Answers that decline are told from answers, in several languages, whatever the typography and the marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.scoring.refusal import is_refusal

REFUSALS = """
La información no está disponible.
Diese Information ist nicht verfügbar.
Die Informationen sind nicht enthalten.
Cette information n'est pas disponible.
A informação não está disponível.
Questa informazione non è presente.
De informatie is niet beschikbaar.
غير مذكور في المستندات.
There isn't any mention of parking.
I do not have specific information about the warranty.
I don't have access to that information.
Not specified.
Not mentioned in the documents.
There is no mention of this.
There's no record of that.
I don’t know.
**I don't know.**
*Not specified.*
> I could not find this in the documents.
Answer: unknown
The documents are silent on this.
The provided handbook does not say when the office opens.
The passages make no mention of a fee.
I'm sorry, but I can't help with that.
Sorry, I couldn't locate any details about the recall.
I did not see anything about a discount in the sources.
I found nothing about that.
It is unclear who signed the contract.
It's not possible to determine the price.
The colour of the case is not specified.
Insufficient context.
I need more information to answer your question.
I'm not familiar with that product.
As an AI language model, I do not have access to real-time information.
I'm sorry, but the documents do not mention a fee. Please contact the desk.
The documents do not say. You can ask the workshop. Let me know if there is anything else.
I don't know if the documents cover this.
The passages do not give a date, but you can ask the desk.
Das weiß ich leider nicht.
Die Dokumente enthalten keine Angaben zur Gebühr.
In den Dokumenten wird der Preis nicht genannt.
Ich kann diese Frage anhand der Texte nicht beantworten.
Nicht angegeben.
Je ne trouve pas cette information dans les documents fournis.
Les documents ne mentionnent pas le prix.
Je ne peux pas répondre à cette question.
Non précisé.
Los documentos no mencionan el precio.
No tengo información sobre eso.
No puedo responder a esa pregunta.
No se especifica.
Não sei.
Os documentos não mencionam o preço.
Não encontrei essa informação nos documentos.
Non lo so.
I documenti non indicano il prezzo.
Non ho trovato informazioni su questo.
Ik weet het niet.
De documenten bevatten geen informatie over de prijs.
Niet vermeld.
Я не знаю.
В документах нет информации об этом.
Документы не содержат ответа.
Nie wiem.
Dokumenty nie zawierają informacji na ten temat.
Bilmiyorum.
Belgelerde bu konuda bilgi bulunmamaktadır.
لا أعرف.
لا توجد معلومات حول ذلك في المستندات.
मुझे नहीं पता।
दस्तावेज़ों में इसका उल्लेख नहीं है।
根据提供的文档，无法回答这个问题。
文档中没有提到这一点。
我不知道。
未提及
文書には記載されていません。
わかりません。
この質問にはお答えできません。
문서에 언급되어 있지 않습니다.
모르겠습니다.
Tôi không biết.
Dokumen tidak menyebutkan harganya.
Jag vet inte.
Det vet jeg ikke.
According to the passages, this is not specified.
No such information.
Unspecified.
Not documented.
It is unknown.
The information is missing from the documents.
Nothing about this is mentioned.
Unfortunately, this isn't mentioned.
Idk
Les passages n'en parlent pas.
Le document n'en fait pas mention.
Je n'ai pas la réponse.
Rien n'est dit à ce sujet.
I documenti non ne parlano.
Non saprei.
Er staat niets over in de documenten.
Geen idee.
Das ist mir nicht bekannt.
Dazu kann ich nichts sagen.
Leider nicht angegeben.
Diese Information fehlt in den Dokumenten.
Lo desconozco.
Os documentos não falam disso.
Desconheço.
文書からは判断できません。
답을 찾을 수 없습니다.
Информация не найдена.
لم أجد هذه المعلومات.
I dont know
It does not say.
They don't say.
It doesn't say how many.
Nothing is said about that.
Nothing is said about this in the documents.
No mention is made of it.
The exact date is not given.
It's not mentioned anywhere.
Information not available.
There isn't enough information to answer.
No idea.
This is not mentioned in the handbook.
The handbook does not mention this.
The manual doesn't say.
Dazu steht nichts in den Dokumenten.
In den Dokumenten steht dazu nichts.
Leider kann ich diese Frage nicht beantworten.
Diese Frage kann ich nicht beantworten.
Die Frage kann nicht beantwortet werden.
Im Kontext ist davon nicht die Rede.
Ich habe dazu nichts gefunden.
Ich konnte dazu leider nichts finden.
Dazu habe ich keine Informationen.
Darüber gibt der Text keine Auskunft.
Dazu liegen keine Angaben vor.
Das steht nicht im Text.
Das wird nicht erwähnt.
Das ist nicht angegeben.
Ich weiss es nicht.
Ce n'est pas précisé.
Il n'y a pas d'information à ce sujet.
Je n'en sais rien.
Aucune information.
Non è specificato.
Non sono in grado di rispondere.
Non ne ho idea.
Nessuna informazione.
No consta.
No sé la respuesta.
No se indica.
Não é mencionado no texto.
Não sei responder.
Helaas kan ik deze vraag niet beantwoorden.
Deze vraag kan niet worden beantwoord.
Geen informatie.
Dit wordt niet vermeld.
文中未提及。
文中没有提到。
文章没有说明价格。
原文未说明。
没有相关信息。
根据现有信息无法确定。
この質問には答えられません。
記載がありません。
정보가 없습니다.
Об этом ничего не сказано.
Нет данных.
Не знам.
У документах немає цієї інформації.
W tekście nie podano ceny.
لا توجد هذه المعلومات في المستندات.
هذه المعلومات غير متوفرة.
मैं नहीं जानता।
Det framgår inte av dokumenten.
Dokumenten nämner inte priset.
Jag kan inte svara på frågan.
Det står inte i texten.
Det fremgår ikke af dokumenterne.
Dokumentene nevner ikke prisen.
Jeg kan ikke svare på spørgsmålet.
Ikke oppgitt.
En osaa vastata.
Asiakirjoissa ei mainita hintaa.
A dokumentumok nem említik.
Nu știu răspunsul.
To v dokumentech není uvedeno.
Neviem.
Ne znam.
No ho sé.
Tidak tahu.
Není uvedeno.
Neuvedeno.
V dokumentech není uvedeno, kolik to stojí.
W dokumencie nie podano ceny.
Dokument nie zawiera tej informacji.
W kontekście nie wspomniano o opłacie.
It is not stated in the handbook.
It's not clear.
The handbook does not say when.
The leaflet doesn't mention it.
No mention is made of a fee in the documents.
Nothing is written about it.
Leider finde ich dazu nichts.
Hierzu enthalten die Dokumente keine Angaben.
In den Unterlagen finde ich dazu nichts.
Rien n'est indiqué dans les documents.
Il n'y a pas d'information dans ces documents.
Об этом не сказано в документах.
정보를 찾을 수 없습니다.
根据现有资料无法判断。
Det framgår inte av texten.
Det framgår inte.
Vet ikke.
Darüber wird nichts gesagt.
Desconozco la respuesta.
It's unknown.
It is unknown.
The exact launch date was not given.
The document does not say so.
Information is missing from the document.
There is not enough information about the fee.
Insufficient data in the documents.
Les documents ne contiennent pas cette information.
Le texte ne contient rien à ce sujet.
Ces passages ne contiennent pas de date.
"""
ANSWERS = """
Customers who cannot find their number get a new one at the desk.
La información no está disponible los domingos.
L'information n'est pas fournie aux tiers.
Diese Information ist nicht verfügbar, wenn Bluetooth aus ist.
Once the parcel is found, we call you.
There is no charge mentioned on the invoice.
If we cannot find your number, you get a new one.
If the documents do not answer the question, the desk does.
When I don't know the code, I call the desk.
There is no information desk at the station.
The song "I Don't Know" was written by Paul.
"I Can't Help Falling in Love" was first sung by Elvis Presley.
I don't have the latest list, but as of 2021 the price is 20 euros.
As an AI language model, I do not have access to real-time information. However, the season ends in May.
I could not find the exact year in the documents. However, based on the letters it was 1921.
The number is not on the card.
The parcel is not mentioned on the label, so ask for it.
No charge.
No fee is due.
Not before Monday.
Nothing.
Unknown callers are blocked.
The tenant is not responsible.
Refunds are not available for opened filters.
It is not clear glass but frosted glass.
Wenn wir Ihre Angaben nicht finden, bekommen Sie eine neue Nummer.
Kunden, die ihre Nummer nicht finden, bekommen am Schalter eine neue.
Keine Gebühr.
Das Dokument kostet nichts.
Der Text darf nicht länger als zwei Seiten sein.
Aucune information personnelle n'est transmise à des tiers.
Les clients qui ne trouvent pas leur numéro en reçoivent un nouveau.
Los clientes que no encuentran su número reciben otro.
Non è possibile pagare con assegno.
De klant krijgt geen nieuwe kaart.
Клиенты, которые не нашли номер, получают новый.
找不到号码的顾客可以在柜台领取新号码。
番号が見つからないお客様は窓口で新しい番号を受け取れます。
번호를 찾을 수 없는 고객은 창구에서 새 번호를 받습니다.
The warranty does not cover water.
The policy does not cover this.
Parking is not available.
The pool is not available in winter.
The key is missing.
No data is stored.
Not available in stores.
The answer machine is off.
Nothing in the fridge is ours.
None of the rooms have a bath.
Neither room has a bath.
I can't eat nuts.
The form contains no signature field.
Sie kann nichts sehen.
Die Farbe ist nicht wichtig.
Er weiß nichts davon und zahlt nicht.
Ce n'est pas indiqué pour les enfants de moins de 3 ans.
Rien n'est dû.
Non si paga nulla.
No se paga nada.
Não se paga nada.
不用付钱。
不能回答的学生要等。
支払いは不要です。
Er is geen lift.
Brak opłat.
Не нужно платить.
لا يوجد مصعد.
In den Unterlagen fehlt die Unterschrift, deshalb gilt er nicht.
The information desk is not available on Sundays.
The answer sheet is not provided by the school.
It is unknown to most visitors that entry is free.
Dazu braucht man nichts.
Dazu ist keine Anmeldung nötig.
Davon sind Hunde nicht betroffen.
Das Ticket ist nicht im Preis enthalten.
Darüber gibt es keine Gebühr.
Ich kann das Gerät nicht öffnen, ohne es zu beschädigen.
Die Frage muss nicht beantwortet werden.
Wer dazu nichts findet, ruft an.
The price is not given to children.
The towels are not provided.
It does not say hello before noon.
It does not open on Sundays.
They don't pay.
Nothing is charged.
Nothing is paid about 5 euros.
Det er ikke tilladt.
Det är inte tillåtet.
Hunde er ikke tilladt.
Jag kan inte öppna dörren utan nyckel.
文中的号码不能改。
文章不能超过两页。
答えられない場合は窓口へ。
この券は使えません。
De vraag mag niet worden gesteld.
Helaas kan de lift niet worden gebruikt.
Ne zaboravite ključ.
Немає плати.
لا توجد رسوم.
Nie ma opłaty.
No hay cargo.
Il n'y a pas de frais.
Non ci sono costi.
Es gibt keine Gebühr.
Der Betrag steht nicht auf der Rechnung.
Das wird nicht erstattet.
Das ist nicht erlaubt.
Ce n'est pas autorisé.
Ce n'est pas remboursé.
Non è permesso.
Non è incluso.
No está permitido.
No está incluido.
Não é permitido.
Dit wordt niet vergoed.
Bu ücret iade edilmez.
No se permite.
Dokumentet kostar ingenting.
Teksten må ikke være lengre enn to sider.
It isn't clear in the winter.
The water is not clear in the winter.
The device does not say when the water is hot.
The device does not say when.
The clock doesn't tell what time it is.
It's unknown whether the author wrote the second part.
It is unknown who built the first bridge.
No mention is made of slavery in the treaty.
No mention is made of the king's son on the stone.
Nothing is written on the card.
Nothing is said about the war in his second book.
Dazu sagt der Arzt nichts, bevor das Ergebnis da ist.
Dazu hat der König nichts gesagt.
Darüber ist in der Stadt nichts bekannt geworden.
Davon ist im Kühlschrank nichts.
Dazu gibt es in der Küche nichts zu essen.
Davon steht im Keller nichts mehr.
Der Mieter hat dazu nichts gesagt und zahlt weiter.
Das ist mir nicht bekannt gewordenen Personen verboten.
Rien n'est indiqué sur le panneau.
Il n'y a pas d'information dans le hall.
Il n'y a pas d'information sur ce panneau.
Об этом не говорится вслух на собраниях.
정보를 찾을 수 없는 고객은 창구에 문의합니다.
根据天气无法确定时间。
Det framgår inte av kontraktet att hyran ingår.
Waar kan ik de sleutel niet vinden?
No está disponible.
Non è disponibile.
Não está disponível.
Dit is niet beschikbaar.
The exact amount of the donation was not given.
The exact cause of the fire is not given.
They do not say so.
They did not say anything.
It did not mention it.
The notice did not say why.
The report does not say who.
Information is missing from the document if field 3 is empty.
Not enough data leads to overfitting.
Insufficient data is a common reason for rejection.
Ce document ne contient pas de sucre.
Le texte ne contient pas d'images.
"""


@pytest.mark.parametrize("answer", REFUSALS.strip().splitlines())
def test_wordings_of_refusals_are_recognised(answer: str) -> None:
    assert is_refusal(answer)


@pytest.mark.parametrize("answer", ANSWERS.strip().splitlines())
def test_rules_titles_and_answers_after_all_are_not_refusals(answer: str) -> None:
    assert not is_refusal(answer)


@given(
    st.sampled_from([line for line in (REFUSALS + ANSWERS).strip().splitlines() if line.isascii() and line]),
    st.sampled_from(["’", "ʼ", "'"]),
    st.sampled_from([" ", "\u00a0", "\u202f"]),
    st.sampled_from(["", "\u200b", "\ufeff"]),
)
def test_typography_changes_no_verdict(answer: str, apostrophe: str, space: str, invisible: str) -> None:
    changed = invisible + answer.replace("'", apostrophe).replace(" ", space)
    assert is_refusal(changed) == is_refusal(answer)


@pytest.mark.parametrize(
    "answer", ["", "   ", "🙂", "?", "*", "1", "```\nx = None\n```", "| a | b |", "no " * 20_000]
)
def test_odd_answers_are_read_without_failing(answer: str) -> None:
    assert not is_refusal(answer)
