"""Names: how spellings are compared, and which names do not stand for an artist."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from unicodedata import is_normalized

# Characters that people and programs write for one another. They are replaced before NFKC, which
# would make a blank and a mark of some of them. Dashes are those of the category Pd beside these.
_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4`"
_QUOTES += "\u05f3\ua78c\u1fbd\u1fbf\u1ffd\u1fef\u1ffe"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u02ba\u05f4\u301d\u301e\u301f"
_ALIKE = {
    **dict.fromkeys(_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys("\u2212\u02d7\u2043\u2796", "-"),
    **dict.fromkeys("\u301c\u223c\u02dc", "~"),  # the first has the category of dashes
    **dict.fromkeys("\u2044\u2215\u29f8", "/"),  # in names of files, where / is not allowed
}
_DASHES = "Pd"
# Invisible: format characters (soft hyphen, zero width space, byte order mark, marks of direction)
# and variation selectors.
_FORMAT = "Cf"
_SELECTORS = re.compile("[\u180b-\u180d\ufe00-\ufe0f\u034f\U000e0100-\U000e01ef]")

_BRACKETED = re.compile(r"[\[(<{\uff3b\u3010].*[\])>}\uff3d\u3011]")
_POINTS = re.compile(r"[\[\](){}<>\u3008-\u3011.,:;?\"'\u2026]")
_BLANKS = re.compile(r"[\s_-]+")


def normalise(name: str) -> str:
    """Normalise a name, so that two spellings of the same name become equal.

    Case, Unicode compatibility forms (such as full-width letters and ligatures), composed and
    decomposed letters, kinds of dashes, quotes and apostrophes, and white space are unified.
    Invisible characters (such as a zero width space or a byte order mark) are removed.
    """
    folded = name
    # casefold can undo what NFKC did, and a few characters need it twice
    for _ in range(2):
        written = "".join(map(_write_alike, folded))
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).casefold())
    return " ".join("".join(map(_write_alike, folded)).split())


def without_accents(text: str) -> str:
    """Return a text without accents, its characters decomposed (NFKD)."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def common_spelling(names: Iterable[str]) -> dict[str, str]:
    """Map each name to the most common spelling of the same name.

    Parameters
    ----------
    names : iterable of str
        With repetitions: their number tells which spelling is common. Among those that are equally
        common, one with composed letters is taken, and the first of these in alphabetical order.

    Returns
    -------
    dict of str to str
        For each of the names. Names are the same if `normalise` makes them equal. Names
        without a visible character become empty.
    """
    n_of = Counter(names)
    spelling = {"": ""}  # names of invisible characters alone, too
    for name in sorted(n_of, key=lambda name: (-n_of[name], not is_normalized("NFC", name), name)):
        spelling.setdefault(normalise(name), name)
    return {name: spelling[normalise(name)] for name in n_of}


def is_various(name: str) -> bool:
    """Tell whether a name stands for several artists: "Various Artists", in many languages."""
    return _plain(name) in VARIOUS


@cache
def is_nobody(name: str) -> bool:
    """Tell whether a name stands for no artist: for several, or for an unknown one.

    Names are compared without brackets, points and case, and `_` and `-` count as blanks: so
    ``[Unknown Artist]``, ``<unknown>``, ``V.A.`` and ``various_artists`` are in the lists. So is a
    name of nothing but brackets, points, question marks and dashes. The empty name is one, too.
    """
    plain = _plain(name)
    if plain in VARIOUS or plain in UNKNOWN:
        return True
    return plain in UNKNOWN_IN_BRACKETS and bool(_BRACKETED.fullmatch(normalise(name)))


def _plain(name: str) -> str:
    return " ".join(_BLANKS.split(_POINTS.sub("", normalise(name)))).strip()


def _write_alike(character: str) -> str:
    if character.isascii() and character != "`":
        return character
    if character in _ALIKE:
        return _ALIKE[character]
    category = unicodedata.category(character)
    if category == _DASHES:
        return "-"
    return "" if category == _FORMAT or _SELECTORS.match(character) else character


def _list(names: str) -> frozenset[str]:
    """Read names with commas between them, in the form in which they are compared."""
    return frozenset(_plain(name) for name in names.replace("\n", ",").split(","))


# Names that stand for nobody, as programs, shops and people write them; a line for each language or
# two. First for songs by several artists, so that the song at hand may be by any of them.
VARIOUS = _list(
    """various artists, various artist, various, various performers, various composers
    VA, V A, V/A
    varios artistas, artistas varios, varios intérpretes, varios interpretes, varios
    vários artistas, vários intérpretes, vários
    artisti vari, vari artisti, autori vari, AAVV, VVAA, AA VV, VV AA
    artistes divers, artistes variés, divers artistes, interprètes divers, divers
    multi interprètes, multi artistes, various interprets
    verschiedene interpreten, verschiedene künstler, verschiedene
    diverse interpreten, diverse künstler, div interpreten, diverse
    diverse artiesten, verschillende artiesten, diverse artister, diverse kunstnere
    blandade artister, olika artister, eri esittäjiä, eri artisteja
    różni wykonawcy, różni artyści, různí umělci, různí interpreti, různí, rôzni interpreti
    különböző előadók, válogatás, çeşitli sanatçılar
    разные исполнители, различные исполнители, разные артисты, сборник
    різні виконавці, різні артисти, различни изпълнители, διάφοροι καλλιτέχνες, διάφοροι
    ヴァリアス アーティスト, ヴァリアス・アーティスト, ヴァリアスアーティスト, オムニバス
    群星, 华语群星, 華語群星, 合辑, 合輯, 多位艺术家, 多位藝術家
    여러 아티스트, 다양한 아티스트, 여러 가수, فنانون متنوعون, אמנים שונים
    compilation, compilations, soundtrack, original soundtrack, OST
    original cast, original broadway cast, original london cast"""
)
# Then for songs whose artist is not known, or that have none.
UNKNOWN = _list(
    """unknown artist, unknown artists, artist unknown, unknown, unknown performer, unknown author
    unknown composer, no artist, no artists, without artist, none, null, N/A, not available
    not applicable, undefined, unspecified, artist, artist name, default artist
    anonymous, anon, traditional, trad
    artiste inconnu, artistes inconnus, interprète inconnu, inconnu, sans artiste, aucun artiste
    anonyme, traditionnel
    unbekannter künstler, unbekannte künstler, unbekannter interpret, künstler unbekannt
    interpret unbekannt, unbekannter, unbekannt, kein künstler, anonym, traditionell
    artista desconocido, intérprete desconocido, desconocido, sin artista, anónimo, tradicional
    artista desconhecido, intérprete desconhecido, desconhecido, sem artista, anônimo
    artista sconosciuto, sconosciuto, ignoto, nessun artista, anonimo, tradizionale
    onbekende artiest, onbekende uitvoerder, onbekend, anoniem, traditioneel
    okänd artist, okänd, ukjent artist, ukjent, ukendt kunstner, ukendt
    tuntematon artisti, tuntematon esittäjä, tuntematon
    nieznany wykonawca, nieznany artysta, nieznany
    neznámý umělec, neznámý interpret, neznámý, neznámy umelec, neznámy interpret, neznámy
    ismeretlen előadó, ismeretlen, bilinmeyen sanatçı, bilinmeyen
    artist necunoscut, necunoscut, nepoznati izvođač, nepoznat
    неизвестный исполнитель, исполнитель неизвестен, неизвестный артист, без исполнителя
    неизвестный, неизвестен, неизвестно, народная
    невідомий виконавець, невідомий, неизвестен изпълнител, άγνωστος καλλιτέχνης, άγνωστος
    不明なアーティスト, アーティスト不明, 不明
    未知艺术家, 未知藝術家, 未知歌手, 未知艺人, 未知演出者, 未知, 佚名
    알 수 없는 아티스트, 알 수 없음, 알수없음, 미상, فنان غير معروف, غير معروف
    אמן לא ידוע, לא ידוע, nghệ sĩ không xác định, artis tidak dikenal
    ศิลปินที่ไม่รู้จัก, अज्ञात कलाकार"""
) | {""}  # nothing but brackets, points and dashes
# MusicBrainz writes these in square brackets. Without brackets, some of them are names of bands.
UNKNOWN_IN_BRACKETS = _list(
    """christmas music, church chimes, classical music, crowd noise, data, dialogue, disney
    field recording, language instruction, musical theatre, nature sounds, news report
    religious music, spoken word, theatre"""
)
