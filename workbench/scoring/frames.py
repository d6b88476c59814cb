"""Removes what surrounds an answer without being a part of it: "Sure! The answer is: **80 kg** [1]".
Knows nothing about references, passages and scores."""

from __future__ import annotations

import html
import re

from workbench.text import words

# --- citations ------------------------------------------------------------------------------------

_NUMBERS = r"\d{1,3}(?:\s?(?:[,;&–-]|and)\s?\d{1,3})*"
_SOURCE = (
    r"(?:documents?|docs?|passages?|sources?|excerpts?|contexts?|chunks?|references?|refs?|citations?|"
    r"footnotes?|pages?|pp?\.)"
)
_FILE = r"[\w./%#=?&:-]+\.(?:pdf|md|txt|html?|docx?|csv|xlsx?|pptx?|json|xml)\b[^\])】]{0,40}"
# From the beginning of the space on, and never back: a text may have 50,000 spaces or empty lines.
_SPACE_BEFORE = r"(?<!\s)\s*+"
_CITATIONS = re.compile(
    rf"""
      ^[ \t]*\[\^?\w{{1,20}}\]:[ \t].*$                    # a footnote's text, a link's address
    | ^[ \t]*[*_#]*(?:sources?|references?|citations?|footnotes?)[*_]*:[*_]*
      (?:[ \t].*|(?:\n[ \t]*[-*\d\[(].*)+)?$
    | {_SPACE_BEFORE}\[\^[\w-]{{1,20}}\](?!:)                                          # [^1]
    | {_SPACE_BEFORE}[\[【〔⟦](?:{_SOURCE}\s*:?\s*)?{_NUMBERS}(?:[†:][^\]】]{{0,40}})?[\]】〕⟧](?!:)  # [1]
    | {_SPACE_BEFORE}\((?:see\s|cf\.\s|from\s|as\s\w+\sin\s)?(?:the\s)?{_SOURCE}
      \s*(?:\#|no\.?\s)?:?\s*(?:{_NUMBERS}|\[)[^()]{{0,60}}\)
    | {_SPACE_BEFORE}\((?:see|cf\.|from)\s\[\^?\w{{1,20}}\]\)
    | {_SPACE_BEFORE}[\[(]\s*(?:source|sources|quelle|ref|reference)s?\s*:[^\])]{{0,200}}[\])]
    | {_SPACE_BEFORE}[\[(【]{_FILE}[\])】]
    | (?<!\s)\s++[⁰¹²³⁴-⁹]+(?!\w) | (?<=\d[.,;:!?"”’])[⁰¹²³⁴-⁹]+           # "€9.¹", "a desk ²"
    | (?<=[^\W\d_])¹(?!\w) | <sup>.{{0,20}}?</sup>
    | (?<=[^\W\d][.,;:!?"'”’)])[⁰¹²³⁴-⁹]+ | (?<=[^\W\d_]{{3}})[⁰¹²³⁴-⁹]+
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)


def strip_citations(text: str) -> str:
    """The text without marks of sources: [1], 【1】, [^1], (source: x), [handbook.pdf#page=3]."""
    return _CITATIONS.sub("", text)


# --- Markdown and HTML ----------------------------------------------------------------------------

_MARKUP = (
    (re.compile(r"!?\[([^\]\n]{0,500})\]\((?:[^()\n]|\([^()\n]*\))*\)"), r"\1"),  # links and images
    (re.compile(r"^[ \t]*(?:```|~~~).*$", re.M), ""),
    (re.compile(r"^[ \t]*+(?:\|[ \t]*+)?:?-{3,}[-:| \t]*$|^[ \t]*+(?:[-*_=][ \t]?){3,}$", re.M), ""),
    (re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•‣◦▪●][ \t]+|\(?\d{1,2}[.)][ \t]+(?=\D))+", re.M), ""),
    (re.compile(r"\\boxed\{([^{}]*)\}|\\text\{([^{}]*)\}"), r"\1\2"),
    (re.compile(r"</?(?:b|i|u|em|strong|p|br|ul|ol|li|span|div|code|sub|h[1-6])\s*/?>", re.I), " "),
    (re.compile(r"\*\*|__|~~|`+|(?<!\w)[*_](?=\w)|(?<=[\w.,;:!?)])[*_](?!\w)"), ""),
    (re.compile(r"(?:(?<![ \t])[ \t]*+)?\|[ \t]*"), " "),
)


def strip_markup(text: str) -> str:
    """The text without Markdown's and HTML's marks; of a link only its words, of a table only its cells."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return html.unescape(text) if "&" in text else text


# --- phrases --------------------------------------------------------------------------------------

_GIVEN = (
    r"(?:(?:provided|given|above|following|retrieved|available|relevant|supplied|attached|cited|official)\s)*"
)
_DOCUMENTS = (
    rf"(?:(?:the|these|this|your|my|our|all|both|some)\s)?{_GIVEN}"
    r"(?:(?:search\s(?:results?|data)|document(?:s|ation)?|passages?|contexts?|information|texts?|sources?|"
    r"excerpts?|articles?|materials?|knowledge|data|content|snippets?|files?|records?|handbook|manual|wikipedia|"
    r"web(?:\sresults)?)"
    rf"(?:\s(?:\#|no\.\s)?{_NUMBERS}|\s[A-Z]\b)?)"
    r"(?:\s(?:provided|given|above|available|you\s(?:provided|gave|shared)|i\s(?:have|found|was\sgiven)|supplied|"
    r"retrieved))?"
    r"(?:\s(?:from|in|by|on|to)\s[^,.:;!?\n]{1,50})?"
)
_ATTRIBUTION = (
    r"(?:according\sto|based\s(?:up)?on|as\sper|as\s(?:stated|mentioned|described|noted|indicated|outlined|"
    r"specified|explained|given)\s(?:in|by|on))"
)
_FROM_DOCUMENTS = rf"(?:{_ATTRIBUTION}|per|from|in)\s{_DOCUMENTS}"
_STATES = (
    r"(?:states?|says?|mentions?|indicates?|specif(?:y|ies)|notes?|explains?|shows?|describes?|"
    r"tells?\sus|suggests?)"
)
_COURTESY = (
    r"(?:sure(?:\sthing)?|certainly|of\scourse|absolutely|no\sproblem|great(?:\squestion)?|good\squestion|"
    r"hello|hi(?:\sthere)?|"
    r"thank(?:s|\syou)(?:\sfor\s[^.!?\n]{1,40})?|happy\sto\shelp|i(?:'d|\swould)\sbe\s(?:happy|glad)\sto\shelp"
    r"(?:\s[^.!?\n]{1,40})?|okay|ok|well|alright)"
)
_LEADS = re.compile(
    rf"""\s*(?:
      {_COURTESY}\s*[!.,:]+\s+
    | (?:here(?:\sis|'s|\sare)|below\s(?:is|are))\s[^:\n]{{1,80}}:\s*
    | (?:(?:the|my|your|a|final|short|correct|direct|brief)\s)*(?:answer|response|solution|result)s?
      (?:\s(?:to|for)\s(?:your|the|this)\squestion(?:\s["'][^"'\n]*["'])?)?
      (?:,?\s{_FROM_DOCUMENTS},?)?
      (?:\s*:\s*|\s(?:is|are|would\sbe|seems\sto\sbe)(?:\s*:|\sthat\b|\sas\sfollows:?)?\s+)
    | (?:final\s|short\s)?answer\s*\n\s* | according\sto\s*,\s*
    | to\sanswer\s(?:your|the|this)\squestion,\s*
    | a\s*:\s+
    | (?:so|therefore|thus|hence|in\s(?:short|summary|conclusion)|overall)\s*[,:]\s*
    | {_FROM_DOCUMENTS}(?:,\s*(?:it\s(?:(?:is|seems|appears)\sthat|says(?:\sthat)?)\s)?|\s*:\s*
      |\sthat\s)
    | {_DOCUMENTS}\s(?:clearly\s|also\s|explicitly\s)?{_STATES}
      (?:\s*:\s*|\sthat\s+|\s(?=the\b|it\b|there\b))
    | it\s(?:is|was)\s(?:stated|mentioned|noted|said|specified|indicated|described)
      (?:\s{_FROM_DOCUMENTS})?\sthat\s+
    | i\s(?:found|think|believe|see|can\stell\syou|would\ssay)(?:\sout)?(?:\sthat)?\s+
    | (?:question|q)\s*:\s[^\n]*\?\s*(?=\n|\S)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_INNER = re.compile(rf",?\s\(?{_ATTRIBUTION}\s{_DOCUMENTS}\)?(?=\s*[,.;!?]|\s*$),?", re.IGNORECASE)
_CLOSINGS = re.compile(
    r"""(?:^|(?<=[.!?:)\]"'])|(?<!\s)(?=[^\S\n]*+\n))\s*+(?:
      (?:i\s)?(?:really\s)?hope\s(?:this|that|it)\s(?:helps?|answers|clarifies|is\shelpful)[^.!?\n]*
    | (?:please\s)?(?:do\s)?(?:let\sme\sknow|feel\sfree|don't\shesitate|do\snot\shesitate)\b[^\n]*+
    | if\syou\s(?:have|need|want|would\slike|'d\slike|require)\s
      (?:any|some|more|further|additional|help)\b[^\n]*?
      (?:let\s(?:me|us)\sknow|ask|feel\sfree|help|assist)[^.!?\n]*
    | (?:is\sthere|do\syou\shave|would\syou\slike|can\si\shelp|do\syou\swant)\s
      (?:anything|any|me|more|you|to)\b[^.!?\n]*
    | (?:thank\syou|thanks|you're\swelcome|have\sa\s(?:great|nice|good)\sday|best\sregards)\b[^.!?\n]*
    )[.!?]*\s*$""",
    re.VERBOSE | re.IGNORECASE,
)


def _without_question(text: str, question: str) -> str:
    """The text without the question at its beginning."""
    asked = words(question)
    first, mark, rest = text.partition("?")
    if mark and rest.strip() and asked and words(first)[-len(asked) :] == asked:
        return rest.lstrip(" \t\n:*\"'")
    return text


def strip_phrases(text: str, question: str = "") -> str:
    """The text without courtesies, "The answer is", "According to the documents" and the question repeated.

    Nothing is removed where nothing else would remain: "Sure." may be the whole answer.
    """
    text = _without_question(text, question) if question else text
    while (lead := _LEADS.match(text)) and lead.end() and text[lead.end() :].strip(" .!?:*\n"):
        text = text[lead.end() :]
    while (closing := _CLOSINGS.search(text)) and text[: closing.start()].strip(" .!?:*\n"):
        text = text[: closing.start()]
    inner = _INNER.sub("", text)
    return inner if inner.strip(" .!?:*\n") else text


def strip_frames(text: str, question: str = "") -> str:
    """What an answer says, without citations, markup and phrases around it. Normalise typography first."""
    text = strip_phrases(strip_markup(strip_citations(text)).strip(), question)
    return text.strip(" \t\n")


def is_only_a_frame(text: str) -> bool:
    """Whether a text is a courtesy or a phrase around an answer, and nothing else: "I hope this helps!" """
    rest = f"{text.strip()} "
    while (lead := _LEADS.match(rest)) and lead.end():
        rest = rest[lead.end() :]
    while rest.strip() and (closing := _CLOSINGS.search(rest)):
        rest = rest[: closing.start()]
    return not rest.strip(" .!?:*\n")
