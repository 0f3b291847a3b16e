"""Shows an address in QtWebEngine, which contains Chromium, without a window, and prints the page: what `chromium --dump-dom` does.

    /usr/bin/python3 tests/support/webengine.py ADDRESS

For Ubuntu, which has no package of Chromium but a snap.
"""

import os
import sys

# Neither a display nor the sandbox, which root cannot have.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"

from PyQt6.QtCore import QUrl
from PyQt6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PyQt6.QtWidgets import QApplication


def show(html):
    print(html)
    application.exit()


application = QApplication(sys.argv)
# A profile without a name keeps its data in memory.
profile = QWebEngineProfile()
page = QWebEnginePage(profile)
page.loadFinished.connect(lambda _: page.toHtml(show))
page.load(QUrl(sys.argv[1]))
status = application.exec()
# Qt wants the page to end before its profile.
del page
sys.exit(status)
