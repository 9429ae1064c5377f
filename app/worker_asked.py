"""What the window asks of the worker beside running and stepping: what to show, and what to measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import worker_commands as commands
from app.worker_serving import Serving
from app.worker_watches import Threads
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from app.worker_looks import Looks
    from app.worker_surface import Surface
    from app.worker_watches import Watching


class Asked(Serving):
    """`_publish` and `_stand` are up to the class that inherits."""

    _looks: Looks | None
    _surface: Surface | None
    _watching: Watching | None

    def __init__(self) -> None:
        super().__init__()
        self._inspect = commands.Inspect()
        self.want, self.around = commands.Want(), commands.LookAround()  # set from the window's thread, as a whole
        self.wishes: dict[str, Any] = {}  # of the views, by id; the same
        self._threads = Threads(lambda: self.queue.put(commands.Refresh()))

    def _publish(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        self._threads.stop()

    def _look_around(self, command: commands.LookAround) -> None:
        if self._surface is not None:
            self._surface.ask(command)
            self._refresh(command)

    def _measure(self, command: commands.MeasureCurvature) -> None:
        if self._surface is not None:
            self._surface.measure()
            self._refresh(command)

    def _refresh(self, command: commands.Command) -> None:
        """Publish what is new beside; a run does so by itself."""
        if self._state != "running" and self._walk is None and self.session is not None:
            if self._watching is not None:
                self._watching.take_late()
            self._publish()

    def _ask_view(self, command: commands.AskView) -> None:
        self.wishes[command.id] = command.wish
        if self._watching is not None:
            self._watching.ask(command.id, command.wish)
            if self._state != "running" and command.id in self.want.views:
                self._watching.take(True, {command.id})
                self._refresh(command)

    def _set_want(self, command: commands.Want) -> None:
        other, seen = command.maps != self.want.maps, command.views - self.want.views
        self.want = command
        if self._state != "running" and self._watching is not None and seen:
            self._watching.take(True, seen)
        if self._state != "running" and self._looks is not None:
            if other:
                self._looks.take(everything=True, boundary=command.boundary, maps=command.maps)
            self._publish()

    def _set_inspect(self, command: commands.Inspect) -> None:
        self._inspect = command
        if self._state != "running" and self.session is not None:
            self._publish()

    def _judge_test(self, command: commands.JudgeTest) -> None:
        from app.worker_looks import judge_test

        if self.session is None:
            command.reply.put("The network cannot run, so it cannot be judged.")
            return
        try:
            command.reply.put(judge_test(self.session))
        except ChainruleError as error:
            command.reply.put(str(error))
