"""English words that cannot, or can, stand in a term: function words, verbs, generic nouns, nouns like adjectives."""

from __future__ import annotations

__all__ = [
    "ADJECTIVE_NOUNS",
    "DETERMINERS",
    "FUNCTION",
    "GENERIC",
    "LINKS",
    "LY_NOUNS",
    "NOUN_TOO",
    "VERBS",
]

LY_NOUNS = frozenset("anomaly assembly family supply reply monopoly butterfly ally rally belly".split())
LINKS = frozenset("of the a an and for in on to by with at from or via".split())
DETERMINERS = frozenset(
    "the a an our their its his her this these those each every any some no your my".split()
)
FUNCTION = frozenset(
    """a an the this that these those it its they them their we us our you your i he she his her who whom whose which
    what when where why how and or but nor so yet if then else than as at by for from in into of off on
    onto out over
    per to up upon via with within without under between among across through during before after above
    below about
    against along around because since until while although though unless whereas whether both either
    neither not no
    none all any each every few many more most much several some such own same other others another only
    just also
    very too even still again further once here there is are was were be been being am do does did doing
    done have has
    had having can could may might must shall should will would cannot let lets et al eg ie i.e e.g etc
    vs versus cf
    respectively however therefore thus hence moreover furthermore instead rather otherwise additionally
    finally
    similarly namely consequently nevertheless meanwhile besides likewise specifically particularly especially
    generally typically usually often sometimes always never recently currently previously firstly
    secondly first
    second third last next one two three four five six seven eight nine ten hundred thousand zero half
    less least
    like unlike due despite towards toward throughout beyond except including given based using used use uses
    well better best good new novel high higher highest low lower lowest large larger largest small
    smaller smallest
    great greater long longer short shorter different various certain main major important significant
    significantly
    possible able available known recent previous current total overall common general specific similar
    additional
    significance wide widely entire whole full fully simple easy hard strong strongly weak early late
    single multiple
    double equal equally non present absent according able unable likely unlikely far near close closely
    directly
    mainly mostly nearly almost approximately relatively highly completely greatly slightly quite enough
    indeed
    maybe perhaps namely today now ago later earlier original actual respective corresponding following
    random noisy shared fixed plain blank stable typical central final initial effective efficient
    suitable appropriate necessary sufficient useful key sets yields ones regardless considered
    prior subsequent simultaneously independently effectively efficiently""".split()
)  # fmt: skip
VERBS = frozenset(
    """show present propose introduce describe discuss demonstrate find observe obtain achieve provide give make take
    get allow enable require need lead cause become remain include contain consist involve follow apply
    compare
    compute calculate measure perform conduct carry report suggest indicate reveal confirm prove derive
    define denote
    assume consider note see know say state refer represent correspond depend belong exist appear occur happen
    increase decrease reduce improve enhance outperform exceed reach maintain keep hold leave choose select
    determine identify detect explain understand investigate examine explore study analyze analyse
    evaluate assess
    develop create build construct generate produce employ utilize adopt exploit leverage address tackle
    solve handle
    extend generalize vary change affect influence help support ensure avoid prevent start begin stop continue
    try aim seek focus rely treat add remove replace combine integrate collect gather divide split
    separate prepare
    summarize illustrate depict list highlight emphasize focus believe expect think want offer serve act play
    contribute attribute assign associate relate link connect share differ tend appear seem arise emerge
    result
    exhibit possess incorporate facilitate mitigate alleviate overcome capture encode decode learn train
    ask answer agree hear heard write wrote written decide miss count fail fell fallen allowed grew grown
    drew drawn
    told said felt held kept left lost met paid sent sold stood thought understood won wore began begun
    broke chose
    went came saw seen gone taken took gave given got made knew known showed shown led meant spent
    brought bought
    caught taught built dealt put let cut hit shut cost quit read rise rose risen spend pay wait walk
    talk speak
    open close move reach enter pass follow accept reject receive send return replace depend rely improve
    worsen
    impute marginalize normalize initialize optimize minimize maximize parallelize visualize memorise memorize
    solve refuse forbid undo argue predict depict recall suffer outweigh exceed
    test validate verify set run work look turn bring come go put call name""".split()
)  # fmt: skip
NOUN_TOO = frozenset(
    """study test model sample measure report need increase decrease change support result focus design process play
    act work training learning set run call name state link attribute measure link list note split test
    influence
    contribute scaling reasoning sampling clustering imaging sequencing pretraining fine-tuning computing
    processing planning modeling modelling engineering testing mapping embedding encoding decoding ranking
    prompting screening binding breeding coupling mixing loading setting finding bloom""".split()
)  # fmt: skip
GENERIC = frozenset(
    """figure fig table section appendix equation eq example case cases paper article work works study studies result
    results method methods approach approaches way ways number numbers value values set type types kind
    part parts
    fact order addition contrast comparison terms term use purpose aim goal role effect effects level
    levels time
    times year years day days group groups point points range rate rates amount author authors literature
    research
    researcher researchers experiment experiments analysis data problem problems issue issues question
    questions
    idea ideas thing things lot respect basis means details detail evidence ability presence absence
    increase decrease
    difference differences change changes conclusion introduction discussion background abstract
    reference references
    supplementary material materials percent percentage min hour hours h mg kg ml mm cm nm µg μg μm mol
    et al ref refs
    i.e e.g step steps right left top bottom panel row column line lines color colors journal university
    department
    usa uk license copyright publisher email www http https doi org com property properties system
    systems process
    model models sample samples control state states form forms product products list name source sources
    review
    concentration concentrations treatment activity potential version field area areas community future
    challenge
    challenges limitation limitations insight insights perspective advantage advantages benefit benefits
    impact
    application applications solution solutions technique techniques strategy strategies framework performance
    quality accuracy user users task tasks function functions variable variables feature features factor
    factors
    condition conditions size length set sets test tests assumption assumptions definition theorem lemma proof
    proposition corollary remark resp notation section sections claim input output inputs outputs code github
    response responses information content note notes domain domains""".split()
)  # fmt: skip
ADJECTIVE_NOUNS = frozenset(
    """agent component element gradient coefficient content environment experiment document treatment moment patient
    segment parent talent accident assessment measurement requirement improvement development management
    alignment
    movement statement argument instrument judgment adjustment enhancement entanglement deployment fragment
    constant variant invariant quadrant plant mutant surfactant antioxidant oxidant participant
    determinant contaminant
    signal retrieval trial interval crystal animal metal integral potential material denial removal
    arrival survival
    proposal referral hospital capital journal manual principal polynomial exponential credential
    chemical individual
    metric topic logic heuristic characteristic statistic music traffic arithmetic fabric plastic
    mechanic dynamic
    antibiotic mosaic clinic critic rubric arsenic phenolic narrative derivative alternative objective
    perspective
    incentive motive detective executive initiative native additive explosive adjective directive archive
    drive hive
    table variable cable library summary vocabulary dictionary boundary binary secretary primary january
    february
    polymer scalar bar radar calendar seminar grammar car star pillar solar image attribute principle ring
    wavelet mineral cereal goal mammal protocol survival fungal canal pedal terminal kernel journal rehearsal
    adversarial percent current event intent extent recipient ingredient nutrient transient client student
    president incident continent detergent solvent reagent adolescent""".split()
)  # fmt: skip
