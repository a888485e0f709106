"""What the operator wants to know: how every source is, what to do about it, what is held. Pure."""

from aggregator.operate.advice import offline_in_words
from aggregator.operate.explain import Explanation, explain
from aggregator.operate.facts import Facts, InOutput, Ruled
from aggregator.operate.fates import Fate
from aggregator.operate.groups import Group, counts, grouped, needs_you
from aggregator.operate.health import Health, board, state_of
from aggregator.operate.learnt import learnt, of_pages
from aggregator.operate.ledger import ledger_in_words, ledger_rows, score
from aggregator.operate.moved import confirmed_move
from aggregator.operate.outputs import output_problems, output_rows
from aggregator.operate.rules import RuleRow, rules_rows
from aggregator.operate.shapes import article_shape, feed_shape, rfc3339
from aggregator.operate.silence import Silence, silence
from aggregator.operate.states import State
from aggregator.operate.words import ago

__all__ = [
    "Explanation", "Facts", "Fate", "Group", "Health", "InOutput", "RuleRow", "Ruled", "Silence", "State", "ago",
    "article_shape", "board", "confirmed_move", "counts", "explain", "feed_shape", "grouped", "learnt",
    "ledger_in_words", "ledger_rows", "needs_you", "of_pages", "offline_in_words", "output_problems", "output_rows",
    "rfc3339", "rules_rows", "score", "silence", "state_of",
]  # fmt: skip
