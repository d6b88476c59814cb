"""Each rule over small documents: what it asks, what it answers, and what it leaves alone.
Knows nothing about checks and files."""

from __future__ import annotations

from types import ModuleType

import pytest

from workbench.corpus.sections import read_sections
from workbench.corpus.types import Document
from workbench.drafting.rules import (
    amounts,
    definitions,
    facts,
    headings,
    list_items,
    names,
    situations,
    tables,
)
from workbench.drafting.vocabulary import read_vocabulary


def drafts(rule: ModuleType, text: str, kind: str = "markdown", title: str = "Guide") -> dict[str, str]:
    document = Document("guide.md", title, text, kind)
    vocabulary = read_vocabulary([document])
    return {c.question: c.answer for s in read_sections(document) for c in rule.draft(s, vocabulary)}


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("A lost key is reported within one hour.", None, None),  # "one" is rarely a number
        ("Laptops lock after 5 minutes.", "After how many minutes do laptops lock?", "5 minutes"),
        (
            "The tank of the Tide 2 holds 1.8 litres and lifts out from the back.",
            "How many litres does the tank of the Tide 2 hold?",
            "1.8 litres",
        ),
        (
            "Refurbished machines can be returned within 14 days of delivery.",
            "Within how many days of delivery can refurbished machines be returned?",
            "14 days",
        ),
        ("A pause can last up to 16 weeks.", "How many weeks can a pause last?", "up to 16 weeks"),
        (
            "The steam boiler is descaled by a workshop every three years.",
            "How often is the steam boiler descaled by a workshop?",
            "every three years",
        ),
        ("The base price is £40 in summer.", "What is the base price in summer?", "£40"),
        ("A visit costs €9.50 on Sundays.", "How much does a visit cost on Sundays?", "€9.50"),
        (
            "Codes by text were switched off on 1 December 2024.",
            "On what date were codes by text switched off?",
            "1 December 2024",
        ),
        ("Orders leave at 4:30 PM ET on Mondays.", "At what time do orders leave on Mondays?", "4:30 PM ET"),
        ("In Norway, orders leave at 16:00.", "At what time do orders leave in Norway?", "16:00"),
        ("The school was founded in 1817.", "In what year was the school founded?", "1817"),
        # Not understood for certain, so not asked:
        ("It holds 12 kg.", None, None),
        ("The machine has 3 buttons and 4 lamps.", None, None),
        ("Keep 60 cm free in front of the heater.", None, None),
        ("Products registered within 30 days of delivery gain a year.", None, None),
        ("The target is 88% happy.", None, None),
        ("The keys are locked by holding minus for five seconds.", None, None),
        ("Orders do not leave after 5 days.", None, None),
        ("The machine runs 3 programmes or 4 programmes.", None, None),
        # Of the question something would be missing:
        ("The mill has 300 members in Ghent and the villages around.", None, None),
        ("Mill nurses treat 80% of the people who come on foot.", None, None),
        ("A label costs £4.95, except for heaters.", None, None),
        ("Fitters arrive within nine days, and later on islands.", None, None),
        # One event of many:
        ("A Pro was repaired in Ghent in six days.", None, None),
        ("The Linden party received 16 seats from Labour.", None, None),
        ("Tension with Ghent ended in a siege by troops in 1622.", None, None),
        ("In some towns, a label costs 5 euros.", None, None),
        ("The people of Linden will approve within 3 days.", None, None),
        ("A lot can change in two weeks at the mill.", None, None),
        ("Orders are packed in the order of arrival with two exceptions.", None, None),
        ("Storm Bonnie would cause damage in 2004.", None, None),
        # Ungrammatical:
        ("The fair held in 1988 saw the first queue of buyers.", None, None),
        ("Bo Hale is the chair of the guild since 8 October 2015.", None, None),
    ],
)
def test_amounts_prices_dates_and_times(sentence: str, question: str | None, answer: str | None) -> None:
    assert drafts(amounts, f"# Guide\n\n{sentence}\n") == ({question: answer} if question else {})


def test_definitions() -> None:
    text = (
        "# Glossary\n\n- **Bench**: a workshop place. It has a lamp.\n\n## Plans\n\n"
        "Quay is a plan with two visits a year. The next step is a short test of the pump.\n"
    )
    found = drafts(definitions, text, title="Glossary")
    assert found == {
        "What does “Bench” mean?": "a workshop place. It has a lamp",
        "What is Quay?": "a plan with two visits a year",
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "Blacklipped abalone is the mainstay of the catch, bringing in 46 million.",
        "Cosine similarity is a popular choice, but most distance functions will do.",
        "The Victorian Alps in the northeast are the coldest part of Victoria.",
        "Harbour Day is a paid day off each year and not only every fifth.",
        "Larkin's rule is a sharper form of that rule of thumb.",
        "Yearly talks are a dialogue between leads and their people.",
        "Inside the boiler is a sensor with two long pins.",
        "Quay is a plan with two visits and is paid by the month.",
        "The Blue Book is the guide for members and describes how to vote.",
        "Settings are the values of a run, stored with it.",
        "Ann Larkin is the chair of the council since October.",
        "The Rhine Hall is the largest room in the city, with a stage.",
        "Snow is a rarity in the valley in most of the years.",
        "Larkin County is a rapidly growing centre of small firms.",
        "Calling a technician means that nobody else may open the case.",
        "The handbook's aim is the safety of all who work here.",
    ],
)
def test_what_describes_a_thing_without_saying_what_it_is_defines_nothing(sentence: str) -> None:
    assert drafts(definitions, sentence) == {}


def test_a_definition_of_which_more_is_said_is_not_asked_for() -> None:
    said = "Quay is a plan with two visits a year."
    assert drafts(definitions, said) == {"What is Quay?": "a plan with two visits a year"}
    assert drafts(definitions, f"{said} It also covers parts.") == {}
    assert drafts(definitions, f"{said}\n\n## Prices\n\nQuay is a bargain for small offices.") == {}


def test_a_numbered_thing_needs_the_title_of_its_document() -> None:
    document = Document("a.md", "A", "Stage 3 is a debate with the whole council.", "markdown")
    [made] = [c for s in read_sections(document) for c in definitions.draft(s, read_vocabulary([document]))]
    assert made.question == "What is stage 3?" and made.needs_title


@pytest.mark.parametrize(
    "sentence",
    [
        "The opening was celebrated with a grand dinner attended by 2000 guests.",
        "The Atlas was a suite of protocols developed by Acme in 1985.",
        "The Linden crisis began in October 1973 when the members (of the club) proclaimed an embargo.",
        "The Atlas mission was achieved in July 1969 by a crew consisting of Ann Lee, Bo Hale and Cy Day.",
        "Skylab's last crew departed the station on February 8, 1974.",
        "Linden was formed in 1636 by vote of the Great and General Court of the colony.",
        "The logo of Linden was changed many times since its creation in 1943.",
        "Linden Library contains 1,300 volumes in the biological, medical and physical sciences.",
    ],
)
def test_an_amount_inside_a_longer_phrase_is_not_asked_for(sentence: str) -> None:
    assert drafts(amounts, sentence) == {}


def test_a_question_of_a_plain_noun_needs_its_title_and_one_of_a_name_does_not() -> None:
    text = "Council members are elected every four years. Holden Motors was founded in 1913."
    document = Document("guide.md", "Guide", text, "markdown")
    vocabulary = read_vocabulary([document])
    made = [c for s in read_sections(document) for c in amounts.draft(s, vocabulary)]
    assert [c.needs_title for c in made] == [True, False]


def test_no_answer_holds_a_heading_that_was_joined_to_its_text_nor_says_a_sentence_twice() -> None:
    text = "## Moods\n\nFind the mood of a letter.\nReview labelsSort letters by their label.\n"
    again = "## Keys\n\nMake a key of ten letters.\nMake a key of ten letters.\n"
    assert not [answer for answer in drafts(headings, text).values() if "Review" in answer]
    assert not [answer for answer in drafts(headings, again).values() if answer.count("ten") > 1]


def test_a_case_of_today_is_not_asked_as_if_it_were_past() -> None:
    said = "When you see the verified badge, the cell is filled within your sheet of numbers."
    assert list(drafts(situations, said)) == ["What happens when I see the verified badge?"]


@pytest.mark.parametrize(
    "sentence",
    [
        "If you have any other questions about a plan, contact our support team.",
        "If the issue persists, contact the support team at once.",
        "When the fighting ended, almost all of them left the city.",
    ],
)
def test_a_case_that_is_help_in_general_or_cannot_be_told_from_others_is_not_asked(sentence: str) -> None:
    assert drafts(situations, sentence) == {}


def test_headings_and_the_questions_that_texts_ask() -> None:
    text = (
        "# Guide\n\n## Late payment\n\nFrom the tenth day on we charge interest.\n\n"
        "## Can I use pods in the Tide?\n\nOnly paper pods of 44 mm fit the basket.\n\n## More\n\n"
        "**Do you match prices?** Within 14 days of buying from us.\n\nOther shops are not matched.\n\n"
        "**Can I repair it myself?** You may open the case.\n\n"
        "## What exceptions are there?\n\nThere are three of them in all.\n"
    )
    assert drafts(headings, text) == {
        "What does “Guide” say about “Late payment”?": "From the tenth day on we charge interest.",
        "Can I use pods in the Tide?": "Only paper pods of 44 mm fit the basket.",
        "Do you match prices?": "Within 14 days of buying from us. Other shops are not matched.",
    }  # "More" says nothing about its text, and the last two questions do not say what they ask about


def test_a_line_that_only_invites_to_another_page_is_no_answer() -> None:
    card = "# Guide\n\n## Prompt library\n\nGet inspired by a choice of prompts for many tasks.\n"
    assert drafts(headings, card) == {}
    assert list(drafts(headings, f"{card}They are sorted by the tasks that people have most.\n"))


def test_the_answer_of_a_heading_is_its_whole_section_with_its_list() -> None:
    text = (
        "# Guide\n\n## Fitting\n\nTurn off the cold supply first.\n\nTools crack the bowl. You need:\n\n"
        "- a cloth\n- two screws of 5 mm\n\nThe bracket goes under the sink.\n"
    )
    assert drafts(headings, text) == {
        "What does “Guide” say about “Fitting”?": "Turn off the cold supply first. Tools crack the bowl. "
        "You need: a cloth; two screws of 5 mm. The bracket goes under the sink."
    }


def test_where_headings_have_no_marks_a_line_like_one_is_not_passed_over() -> None:
    said = (
        "Overnight parking\nThe yard is open to members from six in the evening until eight the next day.\n"
    )
    asked = "What does “Guide” say about “Overnight parking”?"
    assert list(drafts(headings, f"Guide\n\n{said}", kind="text")) == [asked]
    assert drafts(headings, f"Guide\n\n{said}Keys\nAsk at the desk.\n", kind="text") == {}
    assert drafts(headings, f"Guide\n\n{said}However, the\n", kind="text") == {}


def test_a_heading_joined_to_its_text_begins_another_section() -> None:
    said = "Price list\nAll prices are net and hold until the end of the year in every shop of ours.\n"
    joined = "Opening hoursThe shops are open from nine to five.\n\nOpening hours\nThe shops are open.\n"
    assert drafts(headings, f"Guide\n\n{said}{joined}", kind="text") == {
        "What does “Guide” say about “Price list”?": "All prices are net and hold until the end of the year "
        "in every shop of ours."
    }


def test_the_title_of_a_card_that_leads_to_another_page_is_no_heading() -> None:
    said = "Sentiment\nThe tone of a text tells what its author felt while writing it.\n"
    asked = "What does “Guide” say about “Sentiment”?"
    assert list(drafts(headings, f"Guide\n\n{said}", kind="text")) == [asked]
    assert drafts(headings, f"Guide\n\n{said.replace(chr(10), '', 1)}\n{said}", kind="text") == {}


def test_names() -> None:
    text = "# Review\n\nWritten by Halima Strand. Nikola Tesla wrote several books in Graz.\n\nOwner: Tobias Ferreira.\n"
    found = drafts(names, text, title="Review")
    assert found["Who wrote “Review”?"] == "Halima Strand"
    assert found["Who wrote several books in Graz?"] == "Nikola Tesla"
    assert found["Who is the owner named in “Review”?"] == "Tobias Ferreira"


def test_tables_of_one_thing_of_many_and_of_a_csv_file() -> None:
    one = "# Guide\n\n| | Tide 2 |\n|---|---|\n| Weight | 7.9 kg |\n| Standby | – |\n\nThe Tide 2 is loud.\n"
    assert drafts(tables, one) == {"What is the weight of the Tide 2?": "7.9 kg"}
    many = (
        "# Guide\n\n## Plans\n\n| Plan | Response | How often |\n|---|---|---|\n| Quay | 2 days | monthly |\n"
    )
    assert drafts(tables, many) == {
        "What is the response for “Quay”, according to “Guide”?": "2 days",
        "What does “Guide” give as “How often” for “Quay” under “Plans”?": "monthly",
    }
    records = "Station: Mill Square; Docks: 32; Roof: yes\nStation: North; Docks: 40; Roof: no"
    found = drafts(tables, records, kind="csv", title="stations")
    assert found["How many docks does the station Mill Square have, according to “stations”?"] == "32"
    assert len(found) == 2  # "yes" and "no" are nothing to look up


def test_columns_that_are_things_places_years_or_currencies() -> None:
    text = (
        "# Guide\n\n| | CV-1 | CV-2 |\n|---|---|---|\n| Supply pressure | 1.5 bar | 6 bar |\n\n## Prices\n\n"
        "| Part | £ | UK | 2024 |\n|---|---|---|---|\n| Ring | 4.00 | 2 days | 905 |\n"
    )
    assert drafts(tables, text) == {
        "What is the supply pressure of CV-1, according to “Guide”?": "1.5 bar",
        "What is the supply pressure of CV-2, according to “Guide”?": "6 bar",
        "What is the price of “Ring” in pounds, according to “Guide”?": "4.00",
        "What does “Guide” give for “Ring” in the UK under “Prices”?": "2 days",
    }  # 905 of what is not said


def test_a_cell_is_asked_for_with_its_unit_and_with_what_its_row_is_about() -> None:
    text = (
        "# Guide\n\n## Probation\n\n| Country | Length | Notice |\n|---|---|---|\n| Norway | 4 months | 1 week |\n\n"
        "## Discounts\n\n| Order value | Machines | Level |\n|---|---|---|\n| below 500 | 8% off | 3 |\n"
    )
    found = drafts(tables, text)
    assert found["What does “Guide” give as “Length” for “Norway” under “Probation”?"] == "4 months"
    asked = "What does “Guide” give as “Machines” where “Order value” is “below 500” under “Discounts”?"
    assert found[asked] == "8% off"
    carbon = "# Guide\n\n| Source | 2023 |\n|---|---|\n| Power bought | 83 |\n| Tickets | 40 |\n| Lorries and vans | 9 |\n"
    assert list(drafts(tables, carbon).values()) == ["40"]
    clauses = "# Guide\n\n| Figure | gets worse when it | not for | Unit |\n|---|---|---|---|\n| Noise | rises | heaters | dB |\n"
    assert list(drafts(tables, clauses).values()) == ["dB"]
    records = "Station: North Station; Docks: 40; Work (min): 12; Depth: 7\nStation: Mill; Docks: 9; Work (min): 8; Depth: 6"
    assert list(drafts(tables, records, kind="csv", title="stations").values()) == ["40", "12", "9", "8"]
    assert "How many docks does “North Station” have, according to “stations”?" in drafts(
        tables, records, kind="csv", title="stations"
    )


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "If the lamp of the boiler stays red, switch the machine off and wait.",
            "What should I do if the lamp of the boiler stays red?",
            "switch the machine off and wait",
        ),
        (
            "When a customer disputes a card payment, refunds are stopped until the bank has decided.",
            "What happens when a customer disputes a card payment?",
            "refunds are stopped until the bank has decided",
        ),
        (
            "If you paid with a gift card, your refund goes onto a new card of the same value.",
            "What happens if I paid with a gift card?",
            "your refund goes onto a new card of the same value",
        ),
        (
            "To restore the factory volumes, press both cup symbols for ten seconds.",
            "How can I restore the factory volumes?",
            "press both cup symbols for ten seconds",
        ),
        (
            "Dates are written with the month as a word because 03/04 is two days on two sides of the ocean.",
            "Why are dates written with the month as a word?",
            "03/04 is two days on two sides of the ocean",
        ),
        (
            "If you want short answers, you can change the tone of your desk.",
            "What can I do if I want short answers?",
            "you can change the tone of your desk",
        ),
        (
            "When a courier loses a machine on its way, employees should call the depot.",
            "What should employees do when a courier loses a machine on its way?",
            "employees should call the depot",
        ),
        (
            "When Bo Hale died in Ghent in 1328, the guild was led by a clerk of the town.",
            "What happened when Bo Hale died in Ghent in 1328?",
            "the guild was led by a clerk of the town",
        ),
        (
            "If a smith of Ghent asks first, lead is sent to the mill by the guild.",
            "What happens if a smith of Ghent asks first?",
            "lead is sent to the mill by the guild",
        ),
        # What follows the comma is no answer to the question, or the comma ended no clause:
        ("If you move to a different town, you may need to find a new workshop.", None, None),
        ("If you are filing a claim for a broken pump, the claim must be filed within a year.", None, None),
        (
            "If moths appeared in even years, say every 12 years, then birds would be sure to meet them.",
            None,
            None,
        ),
        (
            "When clerks are not free for a post, either by illness or by law, the guild may name one.",
            None,
            None,
        ),
        ("When you send a broken pump to us, just like any other parcel, the depot counts it.", None, None),
        ("When choosing a grinder for a café, it is important to think of the noise.", None, None),
        ("When exam time came, Bo Hale was not ready and asked for a later day.", None, None),
        ("To see what happens in the mill for yourself, visit the mill on a Monday.", None, None),
        ("If you are going to be away for a month, prioritize your work of the mill.", None, None),
        ("If you need batteries for a lamp of the mill, there is a closet on the first floor.", None, None),
        ("If a guild of the town exists, it might be better to join that guild.", None, None),
        ("If you already know the signs of the smiths, the list on the wall is a big help.", None, None),
        ("To learn more of the guild and to meet a smith, visit the mill.", None, None),
        ("Some guilds of the town are short, because the work of their smiths is done.", None, None),
        ("When you change the wheel of a mill, you should also tell the guild of it.", None, None),
        ("Tests of the wheel show if the mill is slow because its belt is old or wet.", None, None),
        ("If you are a new smith of the guild, the first year can be hard on your hands.", None, None),
        ("If a talk of the guild goes nowhere, act at once to keep the peace of the hall.", None, None),
        ("If a letter was opened a while ago, it's possible that a clerk answered it.", None, None),
        ("If you come to the mill by the river, they will ask you for your letter.", None, None),
        ("If the wheel looks good to the guild, please let me know of it by a letter.", None, None),
        ("When a smith meets a buyer in the hall, they may dress up for the day.", None, None),
        ("If you change the wheel, to include its belt, your plan of visits may be changed.", None, None),
        ("If the pump is new, the depot sends a smith to the mill.", None, None),  # too little of a case
        # Not understood for certain, so not asked:
        ("If you are seeking higher, custom limits, ask the sales team for them.", None, None),
        ("When expanded through pistons or turbines, mechanical work is done.", None, None),
        ("To the east of the old town, the river bends round the hills.", None, None),
        ("The warranty did not apply because of the wrong plug in the wall.", None, None),
    ],
)
def test_cases_aims_and_reasons(sentence: str, question: str | None, answer: str | None) -> None:
    assert drafts(situations, f"# Guide\n\n{sentence}\n") == ({question: answer} if question else {})


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "The Director of Sales is responsible for the sales team and its targets.",
            "What is the Director of Sales responsible for?",
            "the sales team and its targets",
        ),
        (
            "Every request header must contain the API key of the account.",
            "What must every request header contain?",
            "the API key of the account",
        ),
        (
            "The Linden pumps use the waste heat of the mill to warm the river baths.",
            "What do the Linden pumps use the waste heat of the mill for?",
            "to warm the river baths",
        ),
        (
            "In 1842, Ghent established a school of law.",
            "What did Ghent establish in 1842?",
            "a school of law",
        ),
        # The answer ends with its clause:
        (
            "Linden ales contain malt of three valleys—they are what the valleys are known for.",
            "What do Linden ales contain?",
            "malt of three valleys",
        ),
        (
            "The Linden guild was based on fees and fines, and involved smiths from three towns.",
            "What was the Linden guild based on?",
            "fees and fines",
        ),
        (
            "Deep tests are used to assess memory, while short tests are used to find a doctor.",
            "What are deep tests used for?",
            "to assess memory",
        ),
        # Nobody asks so openly what a thing uses, offers or provides:
        ("Linden mills use the water of the river.", None, None),
        ("Ghent established a school of law.", None, None),
        ("Ghent will provide a school of law to all.", None, None),
        # Where the answer ends is not certain, or it says nothing:
        ("Mill reports describe floods of the river, but the clerks left out the first one.", None, None),
        ("Mill lessons consist of a talk of an hour, and the evening practice follows it.", None, None),
        ("Different mills require different stones from the hills.", None, None),
        ("Tension with Ghent led to a siege of two mills.", None, None),
        ("Linden smiths use several tools to support the old mills.", None, None),
        ("Linden smiths use new approaches to mill work.", None, None),
        ("Always use your best judgment to determine the price of a wheel.", None, None),
        ("The first order of business is the oath of the guild.", None, None),
        ("In some cases, Linden mills require a permit of a clerk.", None, None),
        ("Linden mills require smiths to ask a clerk for leave.", None, None),
        ("Linden's word list includes mills in its list of trades.", None, None),
        # People are not asked for with "what":
        ("Known guests of Ghent include Anna Strand, Bo Hale and Cy Day of Oslo.", None, None),
        # A heading that was joined to its text:
        ("Grinding and Milling Covered Services The mill covers grinding of all grains.", None, None),
        (
            "Psychological tests are used to assess memory.",
            "What are psychological tests used for?",
            "to assess memory",
        ),
        (
            "In 1842 the Assembly of Ghent established a school of law.",
            None,
            None,
        ),  # its subject is not certain
        ("The museum also preserves them for later visitors.", None, None),
        ("In addition, the museum preserves old maps of the city.", None, None),
        ("These museums preserve the old maps of the city.", None, None),
        ("The boiler of the Tide leads to it.", None, None),
    ],
)
def test_facts(sentence: str, question: str | None, answer: str | None) -> None:
    assert drafts(facts, f"# Guide\n\n{sentence}\n") == ({question: answer} if question else {})


@pytest.mark.parametrize(
    "section",
    [
        "## Tips\n\nKeep the receipt of the machine in a dry and safe place.",
        "## Purpose\n\nThe purpose of the club is the care of old espresso machines.",
        "## Grades\n\n| Grade | Pay |\n|---|---|\n| 1 | 20 |\n\nNobody earns more than five times the lowest pay.",
        "## Collecting\n\n- one point for a pound\n- two for a review\n\nPoints appear once the return period is over.",
        "## Care\n\nWipe the tray each evening.\n\n## Care\n\nWipe the screen each morning of the week.",
        "## All rights reserved\n\nWelcome to the workshop of Harbor.",
        "## Exclusions and limitations\n\nNo plan pays for a visit on a Sunday.",
        "## Crew\n\nJoining the crew is free for adults.\n\n### Levels\n\nThere are three of them.",
        "## Lamps\n\nA green lamp is good.\n\n```\nlamp(1)\n```",
        "## Visits\n\nA visit takes an hour.\n\n## Plans\n\nEach plan has two visits a year.",
        "## First appeal\n\nWrite to us within 60 days of the decision.\n\n## Forms\n\nDecisions are open for 90 days "
        "to letters. After the decision, write within 180 days.",
        "## Faults\n\nNone of the above limits the rights of a buyer.",
        "## Faults\n\nIf not, we suggest that you call the workshop.",
        "## Faults\n\nSend the machine to the address given below.",
        "## Faults\n\nA fault is one of the following:",
        "## Fixed\n\nThe clock of the boiler runs again.",
        "## Design lamps\n\nLearn to design lamps that last for years.",
        "## Oil\n\nUse oil once a month.\n\nUse oil once a month.",
        "## Library\n\nPython library on the site",
        "## Further pages\n\n- Getting started\n- How we work\n- Our rituals",
    ],
)
def test_a_heading_that_says_nothing_or_whose_section_says_more(section: str) -> None:
    heading = section.partition("\n")[0].strip("# ")
    assert not any(f"“{heading}”" in question for question in drafts(headings, f"# Guide\n\n{section}\n"))


def test_list_items_with_labels() -> None:
    text = (
        "# Guide\n\n## Times\n\n- Chat: within 90 seconds\n- Phone: within a minute\n- And so on.\n"
        "- Removed: the button for faxes\n- Ask a person: at any time\n- Letters come late: within two weeks\n"
        "- Visits: within a week. However, the\n- Mail: these cases\n  - within a day\n"
    )
    assert drafts(list_items, text) == {
        "What does “Guide” say about “Chat” under “Times”?": "within 90 seconds",
        "What does “Guide” say about “Phone” under “Times”?": "within a minute",
    }
