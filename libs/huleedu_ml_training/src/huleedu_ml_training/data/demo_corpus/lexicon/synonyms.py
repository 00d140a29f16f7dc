"""Words of about the same meaning, on four levels of difficulty.

A template writes ``{important}``; the pupil's vocabulary decides what it becomes. Levels are
divided by ``/``, plainest first, and words on a level by commas. All words of an entry fit the
same frame, so that each may stand in every template that names the entry.
"""

ADJECTIVES = {
    "afraid": "scared, afraid / afraid, worried / anxious, nervous / apprehensive, uneasy",
    "angry": "angry, mad / angry, annoyed / irritated, furious / indignant, infuriated",
    "bad": "bad / bad, terrible / harmful, negative / detrimental, damaging",
    "beautiful": "nice, beautiful / beautiful, lovely / wonderful, stunning / "
    "breathtaking, magnificent",
    "big": "big / big, large / considerable, major / substantial, immense",
    "boring": "boring / boring, dull / tedious, monotonous / uninspiring, mind-numbing",
    "clear": "clear / clear, obvious / evident, undeniable / indisputable, unmistakable",
    "common": "normal, common / common, usual / widespread, frequent / prevalent, ubiquitous",
    "dangerous": "dangerous / dangerous, risky / unsafe, harmful / hazardous, perilous",
    "different": "different / different, various / various, diverse / disparate, diverse",
    "easy": "easy / easy, simple / straightforward, manageable / effortless, uncomplicated",
    "expensive": "expensive / expensive / costly, pricey / unaffordable, exorbitant",
    "fair": "fair, okay / fair, right / reasonable, just / equitable, justifiable",
    "fun": "fun / fun / enjoyable, entertaining / exhilarating, delightful",
    "good": "good, nice / good, great / positive, valuable / beneficial, advantageous",
    "happy": "happy, glad / happy / cheerful, delighted / content, elated",
    "hard": "hard / hard, difficult / challenging, demanding / arduous, exacting",
    "important": "important / important / essential, significant / vital, crucial",
    "interesting": "fun, cool / interesting / fascinating, exciting / "
    "captivating, thought-provoking",
    "kind": "nice, kind / kind, friendly / caring, generous / considerate, compassionate",
    "lonely": "alone, lonely / lonely / left out, isolated / excluded, forsaken",
    "proud": "proud, happy / proud / very proud, confident / self-assured, fulfilled",
    "quiet": "quiet / quiet, calm / peaceful, silent / tranquil, serene",
    "real": "real / real, true / true, actual / genuine, authentic",
    "sad": "sad / sad, unhappy / upset, miserable / dejected, disheartened",
    "small": "small, little / small / minor, modest / negligible, marginal",
    "smart": "smart / smart, clever / intelligent, wise / astute, perceptive",
    "strange": "strange, weird / strange, odd / peculiar, surprising / bizarre, bewildering",
    "stressful": "stressful / stressful, hard / exhausting, demanding / "
    "overwhelming, nerve-racking",
    "tired": "tired / tired, sleepy / exhausted, worn out / drained, fatigued",
    "unfair": "unfair / unfair, wrong / unreasonable, unjust / inequitable, unjustifiable",
    "useful": "good, useful / useful / helpful, practical / invaluable, worthwhile",
    "wrong": "wrong, bad / wrong / unreasonable, unwise / misguided, indefensible",
}

ADVERBS = {
    "fast": "fast / fast, quickly / rapidly, swiftly / instantly, in no time",
    "many": "a lot of / many, a lot of / plenty of, a large number of / countless, a multitude of",
    "maybe": "maybe / maybe, perhaps / probably, perhaps / presumably, conceivably",
    "much": "a lot of / a lot of / a great deal of, plenty of / "
    "a considerable amount of, an abundance of",
    "often": "often / often, usually / frequently, regularly / repeatedly, habitually",
    "today": "today, now / today, nowadays / these days, in today's society / "
    "in this day and age, in contemporary society",
    "very": "very, so, really / very, really / extremely, particularly / exceptionally, remarkably",
}

VERBS = {
    "allow": "allow / allow / permit, enable / authorise, entitle",
    "buy": "buy / buy / purchase, pay for / acquire, invest in",
    "cause": "make, cause / cause / create, lead to / generate, bring about",
    "change": "change / change, affect / influence, shape / transform, alter",
    "choose": "choose, pick / choose / select, decide on / opt for",
    "disturb": "disturb / disturb, bother / distract, interrupt / sidetrack, preoccupy",
    "forbid": "stop, forbid / forbid, ban / prohibit, restrict / outlaw, clamp down on",
    "get": "get / get, receive / gain, obtain / acquire, attain",
    "hate": "hate / hate, dislike / resent, detest / despise, loathe",
    "help": "help / help / support, assist / aid, empower",
    "hurt": "hurt / hurt, damage / harm, weaken / undermine, impair",
    "improve": "improve / improve, develop / strengthen, boost / enhance, refine",
    "like": "like, love / like, enjoy / appreciate, value / cherish, treasure",
    "need": "need / need / require, depend on / rely on, call for",
    "notice": "see, notice / notice / realise, discover / recognise, perceive",
    "say": "say / say, think / claim, argue / maintain, contend",
    "show": "show / show, prove / demonstrate, illustrate / underline, exemplify",
    "solve": "fix, solve / solve / deal with, handle / tackle, resolve",
    "talk_about": "talk about / talk about, speak about / discuss, debate / "
    "deliberate on, reflect on",
    "think": "think / think, believe / believe, feel / maintain, consider",
    "try": "try / try / attempt, do their best / endeavour, strive",
    "understand": "understand / understand / realise, grasp / comprehend, appreciate",
    "use": "use / use / make use of, rely on / utilise, take advantage of",
    "waste": "waste / waste, lose / throw away, misuse / squander, fritter away",
    "worry_about": "worry about, think about / worry about / fret about / agonise over, dwell on",
}

NOUNS = {
    "adults": "adults, grown-ups / adults / parents and teachers, adults / "
    "the older generation, mature people",
    "chance": "chance / chance, possibility / opportunity / prospect, opportunity",
    "effect": "effect / effect, result / impact, consequence / repercussion, implication",
    "feeling": "feeling / feeling / feeling, sense / sense, sensation",
    "fight": "fight / fight, argument / conflict, quarrel / dispute, confrontation",
    "focus": "focus / focus, attention / concentration / undivided attention, concentration",
    "freedom": "freedom / freedom / independence / autonomy, self-determination",
    "idea": "idea / idea, plan / suggestion, solution / proposal, approach",
    "knowledge": "knowledge, information / knowledge / understanding, knowledge / "
    "insight, expertise",
    "people": "people / people / individuals, people / individuals, human beings",
    "problem": "problem / problem / difficulty, issue / dilemma, complication",
    "reason": "reason / reason / argument, reason / consideration, argument",
    "rule": "rule / rule / regulation, restriction / directive, constraint",
    "schoolwork": "school work, homework / schoolwork / studies, assignments / "
    "academic work, coursework",
    "skill": "skill / skill / ability, competence / capability, proficiency",
    "stress": "stress / stress, worry / pressure, anxiety / strain, tension",
    "students": "students, kids / students, pupils / young people, pupils / adolescents, learners",
    "stuff": "stuff, things / things / belongings, objects / possessions, items",
    "support": "help / help, support / guidance, assistance / encouragement, backing",
    "thing": "thing / thing, part / aspect, matter / factor, dimension",
}
