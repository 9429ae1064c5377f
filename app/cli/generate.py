"""`generate FILE`: text that a network makes up, one token after the other."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from app.cli.common import OK, CommandError, say
from app.cli.train import open_session

if TYPE_CHECKING:
    from engine.data.vocabulary import Vocabulary


def run(args: argparse.Namespace) -> int:
    """Go on from the prompt, and print both."""
    from engine.data.vocabulary import join, tokenise
    from engine.generate import Choice, continue_tokens

    session = open_session(args.file)
    vocabulary: Vocabulary | None = session.dataset.vocabulary
    if vocabulary is None:
        raise CommandError(f"{args.file} does not learn from a text; open one that does, such as a character model.")
    if session.network.checkpoint is None:
        say(f"{args.file} has not been trained: this comes from its initial weights.")
    prompt = tokenise(args.prompt, vocabulary.level) or [vocabulary.itos[0]]
    choice = Choice(args.temperature, args.top_k, args.seed)
    tokens = continue_tokens(session, vocabulary.numbers(prompt), args.count, choice)
    text = join([*prompt, *(vocabulary.itos[token] for token in tokens)], vocabulary.level)
    print(text)
    if args.json:
        print(json.dumps({"prompt": args.prompt, "text": text, "tokens": tokens.tolist()}))
    return OK
