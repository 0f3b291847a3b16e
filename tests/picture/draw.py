"""Draws a terminal as an SVG: the text of `tmux capture-pane -e` on standard input, the picture on standard output.

The argument is the AWS config file of the user on the terminal. A text that holds a value of that file which is secret, or anything
that looks like a key, is not drawn: the exit status is 1 and nothing is written.
"""

import re
import sys
from html import escape

# The width of a character is a part of the size of a fixed-width font. textLength holds each piece to it, whatever font there is.
SIZE = 14
WIDTH = 8.4
HEIGHT = 20
MARGIN = 18
BAR = 34

BACKGROUND = "#161b22"
FOREGROUND = "#d5dbe3"
COLOURS = ("#484f58", "#ff7b72", "#7ee787", "#e3b341", "#79b8ff", "#d2a8ff", "#76e3ea", "#d5dbe3")
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

KEYS = (
    # The key ids of users and sessions: AKIA and ASIA, the older ABIA and ACCA.
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}",
    # Secret keys have 40 characters, tokens hundreds; nothing else on this terminal has so long a word.
    r"[A-Za-z0-9/+=_-]{36,}",
    r"(?i)(?:secret_?access_?key|session_?token|security_?token)\W*[=:]",
)


def secrets_of(config):
    """The values in the config file that must not be shown."""
    return re.findall(r"^aws_(?:access_key_id|secret_access_key|session_token)\s*=\s*(\S+)", config, re.MULTILINE)


def has_keys(text, secrets):
    # A long word is cut where the terminal ends.
    joined = text.replace("\n", "")
    return any(secret in joined for secret in secrets) or any(
        re.search(pattern, part) for pattern in KEYS for part in (text, joined.replace(" ", "\n"))
    )


def pieces(line, style):
    """The pieces of a line that have one style each, and the style at its end: (column, text, (bold, colour))."""
    found, column = [], 0
    for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([0-9;]*)m", line):
        if text:
            found.append((column, text, style))
            column += len(text)
            continue
        for code in (int(code or 0) for code in codes.split(";")):
            bold, colour = style
            if code == 0:
                style = (False, None)
            elif code == 1:
                style = (True, colour)
            elif 30 <= code <= 37:
                style = (bold, COLOURS[code - 30])
            elif code == 39:
                style = (bold, None)
    return found, style


def draw(screen):
    lines, style = [], (False, None)
    for line in screen.rstrip("\n").split("\n"):
        found, style = pieces(line, style)
        lines.append(found)
    columns = max((column + len(text.rstrip()) for line in lines for column, text, _ in line), default=1)
    width = round(2 * MARGIN + columns * WIDTH)
    height = BAR + MARGIN + len(lines) * HEIGHT
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" aria-label="A terminal session with assume-env">'
    )
    yield f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>'
    for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        yield f'<circle cx="{20 + 20 * number}" cy="18" r="6" fill="{colour}"/>'
    yield f'<g font-family="{escape(FONTS)}" font-size="{SIZE}" fill="{FOREGROUND}" xml:space="preserve">'
    for row, line in enumerate(lines):
        for column, text, (bold, colour) in line:
            text, blanks = text.strip(" "), len(text) - len(text.lstrip(" "))
            if not text:
                continue
            x, y = MARGIN + (column + blanks) * WIDTH, BAR + (row + 0.75) * HEIGHT
            style = (' font-weight="bold"' if bold else "") + (f' fill="{colour}"' if colour else "")
            length = f' textLength="{len(text) * WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text x="{x:.1f}" y="{y:.1f}"{style}{length}>{escape(text)}</text>'
    yield "</g>"
    yield "</svg>"


def main():
    screen = sys.stdin.read()
    with open(sys.argv[1], encoding="utf-8") as file:
        secrets = secrets_of(file.read())
    picture = "\n".join(draw(screen)) + "\n"
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen)
    if not secrets or has_keys(shown, secrets) or any(secret in picture for secret in secrets):
        sys.exit("draw: the terminal shows what looks like a key; nothing is drawn")
    sys.stdout.write(picture)


if __name__ == "__main__":
    main()
