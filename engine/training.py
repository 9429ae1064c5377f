"""How a network is trained: plain settings that the document keeps and a Session reads."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from engine.attributes import Attribute, complete

# engine.optimizers has them with all they do; the window's first paint need not wait for that
OPTIMIZER_NAMES = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "newton")
SCHEDULES = ("constant", "step", "exponential", "cosine", "plateau")
CLIPPINGS = ("none", "value", "norm", "layer_norm")
CURRICULA = ("none", "easy_first", "short_first")


def _share(name: str, default: float, help: str, *optimizers: str) -> Attribute:
    """A setting from 0 to just below 1 that only `optimizers` read."""
    also = (("second_optimizer", optimizers),)
    return Attribute(name, "float", default, help, 0.0, 0.999999, when=("optimizer", optimizers), also=also)


SCHEDULE_ATTRIBUTES = (
    Attribute("schedule", "choice", "constant", "How the learning rate changes from step to step.", choices=SCHEDULES),
    Attribute("warmup", "int", 0, "Steps in which the rate first rises from near 0; the schedule begins after them.",
              0, 2**31, unit="steps"),
    Attribute("decay", "float", 0.5, "Factor of the rate for each period, or for each cut on a plateau.", 0.0, 1.0,
              when=("schedule", ("step", "exponential", "plateau"))),
    Attribute("period", "int", 1000, "Steps in which the rate falls by its factor, or along the whole cosine.",
              1, 2**31, unit="steps", when=("schedule", ("step", "exponential", "cosine"))),
    Attribute("minimum_rate", "float", 0.0, "The rate does not fall below this.", 0.0, 1e12,
              when=("schedule", ("cosine", "plateau"))),
    Attribute("patience", "int", 10, "Steps without a new low of the loss after which the rate is cut.", 0, 2**31,
              unit="steps", when=("schedule", ("plateau",))),
    Attribute("smoothing", "float", 0.9, "Share of its past in the running mean of the loss; 0 takes each step's own.",
              0.0, 0.999999, when=("schedule", ("plateau",))),
)  # fmt: skip
SECONDS = tuple(name for name in OPTIMIZER_NAMES if name != "newton")
SECOND_ATTRIBUTES = (
    Attribute("second_optimizer", "choice", "none", "Trains some layers apart from the others, as those of a "
              "discriminator.", choices=("none", *SECONDS)),
    Attribute("second_layers", "text", "", "Names of the layers that the second optimiser trains, parted by commas.",
              when=("second_optimizer", SECONDS)),
    Attribute("second_losses", "text", "", "Losses that the second optimiser makes smaller, while the first has the "
              "others; none: both have all.", when=("second_optimizer", SECONDS)),
    Attribute("second_rate", "float", 0.1, "Learning rate of the second optimiser.", 0.0, 1e12,
              when=("second_optimizer", SECONDS)),
    Attribute("second_every", "int", 1, "The second optimiser updates in every step so far apart.", 1, 2**31,
              unit="steps", when=("second_optimizer", SECONDS)),
    Attribute("second_turns", "choice", "together", "Whether the first optimiser waits where the second updates.",
              choices=("together", "alternate"), when=("second_optimizer", SECONDS)),
)  # fmt: skip
TRAINING_ATTRIBUTES = (
    Attribute("optimizer", "choice", "sgd", "How gradients become updates.", choices=OPTIMIZER_NAMES),
    Attribute("learning_rate", "float", 0.1, "How far one update goes against the gradient.", 0.0, 1e12),
    *SCHEDULE_ATTRIBUTES,
    _share("momentum", 0.9, "Share of the last step that goes on in the next one.", "momentum", "nesterov"),
    _share("alpha", 0.99, "Share of its past in the running mean of squared gradients.", "rmsprop"),
    _share("beta1", 0.9, "Share of its past in the running mean of gradients.", "adam", "adamw"),
    _share("beta2", 0.999, "Share of its past in the running mean of squared gradients.", "adam", "adamw"),
    Attribute("weight_decay", "float", 0.01, "A step shrinks all parameters by this share, times the learning rate.",
              0.0, 1e6, when=("optimizer", ("adamw",)), also=(("second_optimizer", ("adamw",)),)),
    Attribute("damping", "float", 1.0, "Added to the Hessian's diagonal: more of it makes steps shorter and safer.",
              0.0, 1e12, when=("optimizer", ("newton",))),
    Attribute("cg_iterations", "int", 10, "Iterations of conjugate gradients for one step, each a backward pass more.",
              1, 1000, when=("optimizer", ("newton",))),
    Attribute("clipping", "choice", "none", "Bounds the gradients: every element, or their norm, together or layer by "
              "layer.", choices=CLIPPINGS),
    Attribute("clip_limit", "float", 1.0, "The largest element, or norm, that is left as it is.", 1e-12, 1e12,
              when=("clipping", CLIPPINGS[1:])),
    *SECOND_ATTRIBUTES,
    Attribute("batch_size", "int", 0, "Rows in one step; 0 takes the whole training set.", 0, 2**31),
    Attribute("curriculum", "choice", "none", "Whether easy rows come first: those on which a linear model errs least, "
              "or, of tokens, the short ones.", choices=CURRICULA),
    Attribute("curriculum_share", "float", 0.2, "Share of the rows, the easiest ones, that takes part at first.", 0.001,
              1.0, when=("curriculum", CURRICULA[1:])),
    Attribute("curriculum_steps", "int", 1000, "Steps in which that share grows to all rows.", 1, 2**31, unit="steps",
              when=("curriculum", CURRICULA[1:])),
    Attribute("seed", "int", 0, "Fixes initial weights and the order of the rows.", 0, 2**53),
    Attribute("l1", "float", 0.0, "Strength of Σ|w| added to the loss (weights only): a Laplace prior on "
              "them, as seen from maximum a posteriori.", 0.0, 1e6),
    Attribute("l2", "float", 0.0, "Strength of Σw² added to the loss (weights only): a normal prior on "
              "them, of variance 1 / (2·l2·rows) where the loss is a mean negative log likelihood.", 0.0, 1e6),
    Attribute("epochs", "int", 100, "Passes over the training set of a full run.", 1, 2**31),
    Attribute("stop_patience", "int", 0, "Early stopping: a run ends after so many epochs without a new low of the "
              "validation loss, and the best weights come back; 0: never.", 0, 2**31, unit="epochs"),
    Attribute("threads", "int", 1, "Threads of the engine; the result does not depend on it.", 1, 64),
)  # fmt: skip


@dataclass(frozen=True)
class Training:
    """Settings of a training run; every field is described and bounded in `TRAINING_ATTRIBUTES`."""

    optimizer: str = "sgd"
    learning_rate: float = 0.1
    schedule: str = "constant"
    warmup: int = 0
    decay: float = 0.5
    period: int = 1000
    minimum_rate: float = 0.0
    patience: int = 10
    smoothing: float = 0.9
    momentum: float = 0.9
    alpha: float = 0.99
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.01
    damping: float = 1.0
    cg_iterations: int = 10
    clipping: str = "none"
    clip_limit: float = 1.0
    second_optimizer: str = "none"
    second_layers: str = ""
    second_losses: str = ""
    second_rate: float = 0.1
    second_every: int = 1
    second_turns: str = "together"
    batch_size: int = 0
    curriculum: str = "none"
    curriculum_share: float = 0.2
    curriculum_steps: int = 1000
    seed: int = 0
    l1: float = 0.0
    l2: float = 0.0
    epochs: int = 100
    stop_patience: int = 0
    threads: int = 1

    @classmethod
    def checked(cls, values: dict[str, Any]) -> Training:
        """Settings from plain data. Raises AttributeValueError."""
        return cls(**complete(TRAINING_ATTRIBUTES, values, "training"))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


def checked_field(name: str, value: Any) -> Any:
    """`value`, if the setting `name` may be so. Raises AttributeValueError."""
    return next(entry for entry in TRAINING_ATTRIBUTES if entry.name == name).check(value, "training")
