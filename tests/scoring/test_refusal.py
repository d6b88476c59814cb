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
