"""Texts on which a prepared graph is compared with full precision.

Written for this purpose, in the manner of pupils of several levels: short and long, tidy and full
of slips, with lists, figures and odd punctuation, in English and Swedish.
"""

_TIDY = (
    "When our school decided to start lessons an hour later, most teachers expected trouble with "
    "the buses and little else. What happened instead surprised everybody. Pupils who used to doze "
    "through the first lesson began to ask questions, and the canteen, which had been empty before "
    "eight, suddenly sold more breakfasts than lunches. Although nobody claims that sleep alone "
    "explains the better marks, the change has cost almost nothing. I would therefore argue that "
    "every school in the region should try it for at least one term, measure what comes of it, and "
    "only then make up its mind."
)
_SLIPS = (
    "I think that cell phone is very importent for student becuse they can use it for learn new "
    "thing. For exemple my brother he dont know the mean of one word and he look it in his phone "
    "and now he know. but some teacher say is a distraction and they takes the phone, I am not "
    "agree with this. if the student is boring in the class he will not listen with phone or "
    "without phone!! So in conclusion the school should to let us bring the phones,"
)
_STORY = (
    "It was raining again. Grandma stood by the window, counting the seconds between lightning and "
    "thunder the way she had taught me: one elephant, two elephants, three. \u201cStill far "
    "away,\u201d she said; but her hand, I noticed, was holding the curtain rather tightly. The "
    "dog had crept under the table. Nobody spoke for a while. Then the lights went out, and all at "
    "once she began to laugh."
)
_LETTER = (
    "Dear Mr. Hall,\n\nmy name is Ana and im in 9th grade. I want to tell you 3 reasons why we "
    "need a longer lunch:\n\n1) the line is to long (20 min!)\n2) we dont have time to eat\n3) "
    "after "
    "lunch everybody is tired & hungry :(\n\nPlease think about it. Thank you for you time.\n\n"
    "Sincerely, Ana"
)
_SWEDISH = (
    "Jag tycker att alla elever borde få välja minst ett ämne själva. När man läser något som man "
    "är intresserad av lär man sig mycket mer, och då orkar man också kämpa med det som är svårt. "
    "Vissa säger att det skulle bli för dyrt, men det tror inte jag. Skolan kan ju börja med ett "
    "ämne i taget, och se hur det går. Dessutom så blir det roligare att gå till skolan, och det "
    "är väl ändå det viktigaste?"
)

SAMPLE_TEXTS = (
    _TIDY,
    _SLIPS,
    _STORY,
    _LETTER,
    _SWEDISH,
    "My favorite hobby is to play soccer with my friends because it is fun and healthy.",
    "\n\n".join((_TIDY, _LETTER, _SLIPS, _STORY)),
)
