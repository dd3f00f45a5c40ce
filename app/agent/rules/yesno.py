"""A typed yes or no, and nothing else. Whether it answers anything is the page's business, never the model's."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 60
_YES = (
    "yes, y, yeah, yep, yup, sure, ok, okay, k, yes please, yes do it, yes go ahead, do it, go ahead, go, "
    "go for it, please do, please go ahead, confirm, confirmed, i confirm, approve, approved, agreed, "
    "affirmative, proceed, yes proceed, yes i am sure, i am sure, im sure, yes im sure, of course, "
    "absolutely, definitely, certainly, by all means, sounds good, ok do it, ok go ahead, okay do it, "
    "sure do it, sure go ahead, yes ok, ok yes, yes yes, yes confirm, yes thanks, yes thank you, make it so, "
    "right, correct, thats right, yes thats right, yes that is right, fine, all right, alright, si, sí, "
    "sí por favor, si por favor, claro, vale, dale, adelante, de acuerdo, confirmo, confirmar, hazlo, "
    "sí hazlo, si hazlo, por supuesto, ja, ja bitte, jawohl, jep, klar, okay ja, mach das, mach es, "
    "ja mach das, ja mach es, los, in ordnung, bestätigt, bestätigen, einverstanden, natürlich, oui, "
    "oui sil vous plaît, oui stp, oui svp, ouais, daccord, vas-y, allez-y, oui vas-y, je confirme, "
    "confirmer, bien sûr, sim, sim por favor, claro que sim, pode, pode fazer, pode ir, faça, confirma, "
    "isso, com certeza, tá bom, haan, han, haan ji, ji haan, ji, haan kar do, kar do, theek hai, thik hai, "
    "bilkul, 是, 是的, 好, 好的, 可以, 确认, 确定, 对, 行, 同意, 没问题, "
    "はい, うん, ええ, お願いします, はいお願いします, いいです, いいですよ, オーケー, 確認, 実行して, どうぞ"
)
_NO = (
    "no, n, nope, nah, no thanks, no thank you, no dont, dont, do not, no do not, dont do it, do not do it, "
    "no keep it, keep it, no leave it, leave it, cancel, cancel it, cancel that, no cancel, no cancel it, "
    "stop, no stop, abort, never mind, nevermind, no never mind, not now, no not now, reject, rejected, "
    "deny, denied, decline, declined, no way, negative, please dont, no please dont, forget it, "
    "no forget it, absolutely not, of course not, not yet, no wait, no no, keep them, no keep them, "
    "i changed my mind, rather not, better not, no gracias, no lo hagas, cancela, cancelar, mejor no, para, "
    "déjalo, no déjalo, todavía no, nein, nein danke, nee, nö, abbrechen, nicht, lieber nicht, bitte nicht, "
    "lass es, nein lass es, stopp, noch nicht, non, non merci, annule, annuler, surtout pas, pas maintenant, "
    "laisse, non laisse, arrête, não, nao, não obrigado, nao obrigado, não obrigada, cancele, melhor não, "
    "deixa, não faça, agora não, nahi, nahin, nahi ji, mat karo, nahi mat karo, rehne do, 不, 不是, 不要, 不用, 不行, "
    "取消, 别, 算了, 否, 不同意, いいえ, いや, やめて, やめてください, キャンセル, 結構です, ダメ, だめ, 違います"
)

_POLITE = (
    "please, thanks, thank you, then, now, thx, por favor, gracias, bitte, danke, dann, merci, sil te plaît, "
    "sil vous plaît, obrigado, obrigada, ji, 谢谢, 请, ありがとう, お願い"
)


def plain_answer(text: str) -> bool | None:
    """True for a yes, False for a no, None for anything that says more than that."""
    if len(text) > _LONGEST:
        return None
    words = _normal(text)
    if _made_of(words, _YES_WORDS):
        return True
    return False if _made_of(words, _NO_WORDS) else None


def _made_of(text: str, known: frozenset[str]) -> bool:
    """Whether `text` is nothing but phrases of `known`, one after the other, with polite words around them."""
    words = text.split()
    reached = [True] + [False] * len(words)
    said = text in known
    for end in range(1, len(words) + 1):
        for start in range(max(end - _LONGEST_PHRASE, 0), end):
            phrase = " ".join(words[start:end])
            if reached[start] and (phrase in known or phrase in _POLITE_WORDS):
                reached[end] = True
                said = said or phrase in known
    return said and reached[-1]


def _normal(text: str) -> str:
    low = unicodedata.normalize("NFKC", text).casefold()
    low = re.sub(r"['’`]", "", low)
    return " ".join(re.sub(r"[\s,.;:!?¡¿。、！？，…👍✅]+", " ", low).split())


_YES_WORDS = frozenset(map(_normal, _YES.split(",")))
_NO_WORDS = frozenset(map(_normal, _NO.split(",")))
_POLITE_WORDS = frozenset(map(_normal, _POLITE.split(",")))
_LONGEST_PHRASE = max(len(phrase.split()) for phrase in (*_YES_WORDS, *_NO_WORDS, *_POLITE_WORDS))
