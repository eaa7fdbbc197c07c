"""Who is at the desk: asked for a name and a password before anything is shown, where the store has users."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from calm_desktop.ui import theme
from calm_desktop.ui.background import Background, Problems
from calm_desktop.ui.widgets import FormRow, Label, button, line_field

if TYPE_CHECKING:
    from calm_desktop.services.desk import Desk


class LoginDialog(QDialog):
    """Asks for a name and a password; accepted once the desk knows who is there."""

    def __init__(self, desk: Desk, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._background = desk, background
        self.setWindowTitle("Sign in")
        self.setModal(True)
        self.setMinimumWidth(360)
        self.name_field, self.password_field = line_field(), line_field()
        self.password_field.setEchoMode(QLineEdit.EchoMode.Password)
        self.problem = Label("", "bad", wrap=True)
        self.problem.hide()
        self.sign_in_button = button("Sign in", "primary")
        self.sign_in_button.setDefault(True)
        self.cancel_button = button("Cancel")
        self.cancel_button.clicked.connect(self.reject)
        self.sign_in_button.clicked.connect(self._sign_in)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(Label("Who is at the desk?", size=18, weight=theme.SEMIBOLD))
        layout.addWidget(FormRow("Name", self.name_field, "name"))
        layout.addWidget(FormRow("Password", self.password_field, "password"))
        layout.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.sign_in_button)
        layout.addLayout(buttons)
        self.name_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _sign_in(self) -> None:
        name, password = self.name_field.text(), self.password_field.text()
        self.sign_in_button.setEnabled(False)
        self._background.run(
            lambda: self._desk.sign_in(name, password), lambda _: self.accept(), self._refused, owner=self
        )

    def _refused(self, problems: Problems) -> None:
        self.sign_in_button.setEnabled(True)
        self.problem.setText(" ".join(problem.message for problem in problems))
        self.problem.show()
        self.password_field.selectAll()
        self.password_field.setFocus(Qt.FocusReason.OtherFocusReason)


def let_in(
    window: QWidget, background: Background, desk: Desk, enter: Callable[[], None], leave: Callable[[], None]
) -> None:
    """Let people in at once where nobody is asked, else when they have said who they are; `leave` when they do not."""

    def asked(asks: bool) -> None:
        if not asks:
            enter()
            return
        dialog = LoginDialog(desk, background, window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(enter)
        dialog.rejected.connect(leave)
        dialog.open()

    background.run(lambda: desk.asks_who, asked, lambda _: leave(), owner=window)
