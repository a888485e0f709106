"""The words of dates: names of months in the languages feeds are written in, and abbreviations of time zones."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_MONTHS = """
1 january janvier januar jänner enero gennaio janeiro januari styczeń stycznia leden ledna январь января янв
1 tammikuu tammikuuta január ianuarie ocak ιανουάριος ιανουαρίου січень січня gener
1 januára januarja јануара януари студзеня sausio sausis janvāris janvārī jaanuar janúar janar xaneiro yanvar
1 يناير جانفي ינואר בינואר
2 february février févr februar febrero febbraio fevereiro februari luty lutego únor února февраль февраля
2 helmikuu helmikuuta február febr februarie şubat φεβρουάριος φεβρουαρίου лютий лютого febrer pebruari
2 februára februarja фебруара февруари лютага vasario vasaris februāris februārī veebruar febrúar shkurt febreiro
2 fevral فبراير فيفري פברואר בפברואר
3 march mars märz mrz marzo março maart mrt marzec marca březen března март марта marts maaliskuu maaliskuuta
3 március martie mart μάρτιος μαρτίου березень березня maret març mar мар
3 marec сакавіка kovo kovas martā märts مارس מרץ במרץ מרס
4 april avril avr abril aprile kwiecień kwietnia duben dubna апрель апреля huhtikuu huhtikuuta április aprilie
4 nisan απρίλιος απριλίου квітень квітня apr
4 apríla априла април красавіка balandžio balandis aprīlis aprīlī aprill prill aprel أبريل إبريل أفريل אפריל באפריל
5 may mai mayo maggio maio mei maj maja květen května май мая toukokuu toukokuuta május mayıs μάιος μαΐου
5 травень травня maig
5 mája мај маја траўня gegužės gegužė maijs maijā maí مايو ماي מאי במאי
6 june juin juni junio giugno junho czerwiec czerwca červen června čvn июнь июня kesäkuu kesäkuuta június iunie
6 haziran ιούνιος ιουνίου червень червня juny jun
6 júna junija јуна юни чэрвеня birželio birželis jūnijs jūnijā juuni júní qershor xuño iyun يونيو يونيه جوان יוני ביוני
7 july juillet juil juli julio luglio julho lipiec lipca červenec července čvc июль июля heinäkuu heinäkuuta július
7 iulie temmuz ιούλιος ιουλίου липень липня juliol jul
7 júla julija јула юли ліпеня liepos liepa jūlijs jūlijā juuli júlí korrik xullo iyul يوليو يوليه جويلية יולי ביולי
8 august août aout agosto augustus sierpień sierpnia srpen srpna август августа augusti elokuu elokuuta
8 augusztus ağustos αύγουστος αυγούστου серпень серпня agustus agt ags agost ag
8 augusta avgusta августа жніўня rugpjūčio rugpjūtis augusts augustā ágúst gusht avqust أغسطس أوت אוגוסט באוגוסט
9 september septembre septiembre settembre setembro wrzesień września září сентябрь сентября syyskuu syyskuuta
9 szeptember septembrie eylül σεπτέμβριος σεπτεμβρίου вересень вересня setembre sept set zari
9 septembra септембра септембар септември верасня rugsėjo rugsėjis septembris septembrī shtator sentyabr
9 سبتمبر ספטמבר בספטמבר
10 october octobre oktober octubre ottobre outubro październik października říjen října октябрь октября lokakuu
10 lokakuuta október octombrie ekim οκτώβριος οκτωβρίου жовтень жовтня oktobar okt
10 októbra oktobra октобра октобар октомври кастрычніка spalio spalis oktobris oktobrī oktoober tetor oktyabr
10 أكتوبر אוקטובר באוקטובר
11 november novembre noviembre novembro listopad listopada listopadu ноябрь ноября marraskuu marraskuuta
11 noiembrie kasım νοέμβριος νοεμβρίου листопад листопада nopember nov
11 novembra новембра новембар ноември лістапада lapkričio lapkritis novembris novembrī nóvember nëntor noyabr
11 نوفمبر נובמבר בנובמבר
12 december décembre dezember diciembre dicembre dezembro grudzień grudnia prosinec prosince декабрь декабря
12 joulukuu joulukuuta decembrie aralık δεκέμβριος δεκεμβρίου грудень грудня desember desembre des
12 decembra децембра децембар декември снежня gruodžio gruodis decembris decembrī detsember dhjetor decembro dekabr
12 ديسمبر דצמבר בדצמבר
"""
"""Number and names: English, French, German, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Russian, Swedish,
Danish, Norwegian, Finnish, Hungarian, Romanian, Turkish, Greek, Ukrainian, Indonesian, Catalan; Slovak, Slovenian,
Serbian, Bulgarian, Belarusian, Lithuanian, Latvian, Estonian, Icelandic, Albanian, Galician, Azerbaijani, Arabic,
Hebrew. Beginnings of three letters need no entry of their own unless two months share them.

Croatian is left out: its ``listopada`` is October, that of its neighbours November."""

ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2,
    "mest": 2, "mesz": 2, "sast": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3, "pkt": 5, "ist": 5.5, "wib": 7, "ict": 7,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12,
    "nzdt": 13, "ndt": -2.5, "art": -3, "brt": -3, "adt": -3, "nst": -3.5, "ast": -4, "edt": -4, "est": -5, "cdt": -5,
    "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
    "et": -5, "ct": -6, "mt": -7, "pt": -8,
}  # fmt: skip
"""Hours east of Greenwich. An abbreviation of several zones has the one most feeds mean: IST is India's. Letters of the
military zones mean nothing (RFC 5322 4.3: half of the world counts them the wrong way round)."""


def fold(text: str) -> str:
    """Lower case without accents, so that tables need one spelling: ``MÄRZ`` and ``marz`` are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


_MONTH = {fold(name): int(row.split()[0]) for row in _MONTHS.strip().splitlines() for name in row.split()[1:]}


@lru_cache(maxsize=1024)
def month(word: str) -> int | None:
    """The month of a folded name, or of the beginning of names that agree."""
    if word in _MONTH:
        return _MONTH[word]
    agreed = {number for name, number in _MONTH.items() if name.startswith(word)} if len(word) >= 3 else set()
    return agreed.pop() if len(agreed) == 1 else None
