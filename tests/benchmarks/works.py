"""All works that train, by the short names that commands take."""

from __future__ import annotations

from tests.benchmarks import images, recurrent, training, transformers
from tests.benchmarks.peers import Work

WORKS: dict[str, Work] = {
    **{"-".join(map(str, work.sizes)): work for work in training.WORKS},
    **dict(zip(("lenet", "autoencoder", "resnet8"), images.WORKS, strict=True)),
    **{work.kind.lower(): work for work in recurrent.WORKS},
    "decoder": transformers.DECODER,
    "encoder-decoder": transformers.BOTH,
}
