"""Wordings in which English answers decline, and what makes a refusal of an answer.
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
# What a question may be asked of; "the device", "the treaty" and "the notice" say things, too.
_WRITTEN = (
    r"(?:(?:hand|guide|rule)?book|manual|guide|leaflet|brochure|instructions|faq|"
    rf"{_SOURCE_NOUN})"
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
UNTOLD = r"(?:mentioned|stated|specified|disclosed|indicated|answered|addressed|discussed)"
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
    rf"(?:(?:this|that|it) (?:is|was)|(?:it|that)'s){_NOT} (?:\w+ly )?(?:clear|{UNTOLD}(?: anywhere| in the "
    rf"{_WRITTEN})?)\W*$",
    rf"^the [^,;:]{{1,80}} (?:is|are|was|were){_NOT} (?:\w+ly )?(?:{UNTOLD})\W*$",
    # "It does not say.", "The manual doesn't mention this." and nothing more; "it did not mention it" tells.
    rf"^they do{_NOT} say\W*$|^(?:it|the (?:\w+ )?{_WRITTEN}) (?:do|does){_NOT} (?:say|mention|specify|state)"
    r"(?: (?:so|this|that|it|anything|(?:who|what|when|where|why|how|which|whether)(?: \w+){0,2}))?\W*$",
    rf"^nothing (?:is|was) (?:said|written|{UNTOLD}) (?:about|on|of|regarding) (?:this|that|it)"
    rf"(?:\W*$| {_IN_SOURCE})",
    rf"^nothing (?:about|on|regarding) (?:this|that|it) (?:is|was) (?:said|written|{UNTOLD})"
    rf"(?:\W*$| {_IN_SOURCE})",
    rf"^no mention (?:is|was|has been) made (?:of|about) (?:(?:this|that|it)\W*$|.{{1,60}} {_IN_SOURCE})",
    rf"^(?:the |this |that )?{_MATTER} (?:is|are) missing {_IN_SOURCE}(?:\W*$|[,;])",
    # "The exact date", but not "the exact cause of the fire", which is of a thing in the text.
    rf"^the (?:exact|specific|precise) (?:\w+ ){{1,2}}(?:is|are|was|were){_NOT} (?:given|provided|"
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
    r"^\W*(?:sorry\W+)?(?:it is|it's) (?:currently )?(?:unclear|not clear|uncertain) "
    r"(?:who|what|when|where|why|how|which|whether|if)\b",
    rf"\b(?:i|we) need more (?:{_MATTER}|context)\b",
    r"^.{0,20}\byour question is (?:incomplete|unclear)\b",
    rf"\b(?:(?:this|the|your|that) (?:question|answer|information)|it|this|that) "
    rf"(?:can\s?not|can't|could not|couldn't) be (?:answered|determined|found|inferred|provided)\b"
    rf"(?:\W*$|.{{0,20}}{_IN_SOURCE})",
    rf"^\W*(?:can\s?not|can't|could not|couldn't) be (?:answered|determined|found|inferred)\b"
    rf"(?:\W*$|.{{0,20}}{_IN_SOURCE})",
    rf"\bthere(?: is| was|'s) nothing (?:(?:about|on|regarding) .{{0,40}})?{_IN_SOURCE}",
    # "Insufficient data is a common reason" says something of such data.
    rf"\b(?:(?:not|isn't|aren't) enough|insufficient) (?:{_MATTER}|context|data)"
    rf"(?:\W*$|[,;.]| (?:to|about|on|regarding|for (?:an?|the|this|that))\b| {_IN_SOURCE}"
    rf"| (?:(?:is|are|was|were) )?(?:given|provided|available|found)\b)",
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
