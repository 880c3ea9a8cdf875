"""The pages that step by themselves, taken apart as a browser would."""

import re
from base64 import b64decode
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

_CHILDLESS = {"br", "hr", "img", "input", "meta"}


class _Balanced(HTMLParser):
    """Notes every tag that is not closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in _CHILDLESS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def assert_well_formed(html):
    page = _Balanced()
    page.feed(html)
    assert not page.wrong and not page.open
    said = re.sub(r'src="[^"]*"|<style>.*?</style>', "", html, flags=re.DOTALL)
    assert not re.findall(r"\b(?:nan|inf)\b", said)


def frames_of(html):
    """The frames of a deck, in order; the last one has what comes after it too."""
    return html.split('<div class="bp-frame')[1:]


def live_frames(panel):
    """The frames that the browser has been given."""
    return frames_of(panel.widget.deck_html)


def buttons_of(html):
    """The radio buttons of a deck: name, value, whether it is checked, and its label."""
    button = r'<input type="radio" name="(\w+)" value="(\d+)"( checked)?>(.*?)</label>'
    return [
        (name, int(value), bool(checked), re.sub("<[^>]*>", "", label))
        for name, value, checked, label in re.findall(button, html)
    ]


def rules_of(html):
    """The rules that hide the frames of a choice: name, value, and the place that stays."""
    rule = r'\[name=(\w+)\]\[value="(\d+)"\]:checked\) \.bp-of-(\w+)>:not\(:nth-child\((\d+)\)\)'
    return re.findall(rule, html)


def assert_steps_by_itself(html):
    """Each button of each choice keeps one frame in sight, and one of them is chosen."""
    buttons = buttons_of(html)
    names = dict.fromkeys(name for name, *_ in buttons)
    places = 1
    for name in names:
        group = [button for button in buttons if button[0] == name]
        assert [value for _, value, *_ in group] == list(range(len(group)))
        assert sum(checked for *_, checked, _ in group) == 1
        mine = [rule for rule in rules_of(html) if rule[0] == name]
        assert mine == [(name, str(i), name, str(i + 1)) for i in range(len(group))]
        places *= len(group)
    assert len(frames_of(html)) == places


def pictures(html):
    """The pictures that are kept where inline SVG is stripped, each with its words."""
    image = r'<img width="\d+" alt="([^"]+)" (?:data-varies )?src="data:image/svg\+xml;base64,'
    found = re.findall(image + r'([^"]+)">', html)
    return [(unescape(alt), ET.fromstring(b64decode(source))) for alt, source in found]
