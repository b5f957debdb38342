import time
from functools import partial

import pytest
from hostile.effort import seconds

from htmxnews.intake.clean import clean
from htmxnews.intake.generators import plainer


@pytest.mark.parametrize(
    ("marked", "meant"),
    [
        (
            "{% highlight ruby linenos %}\ndef a\n  *b*\nend\n{% endhighlight %}",
            "```ruby\ndef a\n  *b*\nend\n```",
        ),
        ('{{< highlight go "a=b" >}}\n`{{ a }}`\n{{< /highlight >}}', "```go\n`{{ a }}`\n```"),
        ("{% highlight text %}\n```\n{% endhighlight %}", "````text\n```\n````"),
        ("{% raw %}{{ a }} {% if b %}{% endraw %}", "{{ a }} {% if b %}"),
        ("```\n{% raw %}\n{% if a %}\n{% endraw %}\n```", "```\n{% if a %}\n```"),
        ("Low {% comment %}no\n\nmore{% endcomment %}tide", "Low tide"),
        ("{% if a %}Low{%- endif -%} tide{% include share.html %}", "Low tide"),
        ("{{% notice note %}}\nLow *tide*\n{{% /notice %}}", "Low *tide*"),
        ("{{</* figure */>}} {{%/* a */%}}", "{{< figure >}} {{% a %}}"),
        ('{{< figure src="/a b.jpg" alt="Q" >}}', "![Q](</a b.jpg>)"),
        ('{{< figure\n src="a.jpg"\n caption="At *noon*"\n>}}', "![](<a.jpg>)\n\nAt *noon*"),
        ("{% include figure.html url='a.png' alt='[Q]' title='T' %}", "![Q](<a.png>)\n\nT"),
        ('{{< figure src="a.svg" caption="At noon" >}}', "![](<a.svg>)\n\nAt noon"),
        ('{{< img alt="Q" src="/img?id=3" >}}', "![Q](</img?id=3>)"),
        ('{{< figure link="/a" caption="At noon" alt="Q" >}}', "At noon Q"),
        ('{{< notice title="T" text="Low tide" />}}', "T Low tide"),
        ("{% include note.html title=page.title text='Low tide' %}", "Low tide"),
        ('{% assign title = "T" %}Low', "Low"),
        ("{{< youtube a-B_1 >}}", "<https://www.youtube.com/watch?v=a-B_1>"),
        ('{{< tweet user="sea" id="12" >}}', "<https://twitter.com/i/status/12>"),
        ("{{< gist sea 5 >}}", "<https://gist.github.com/sea/5>"),
        ('[a]({{< ref "a.md" >}}) [b]({{ site.baseurl }}{% post_url 2026-01-02-b %})', "[a](#) [b](#)"),
        ('![a]({{ site.url }}/a.png) ![b]({{ "/b.png" | relative_url }})', "![a](/a.png) ![b](/b.png)"),
        ("# Tide {#tide}\n\nLow{: .note}\n{: #a width='9'}", "# Tide \n\nLow"),
        ("* TOC\n{:toc}\n\nLow", "Low"),
        ("``` low ``` at\n{% if a %}tide", "``` low ``` at\ntide"),
        ("- Low\n\n    {% if a %}tide\n\n    {% if a %}tide", "- Low\n\n    tide\n\n    tide"),
        ("- Low\nmore\n\n    {% if a %}tide", "- Low\nmore\n\n    tide"),
        ("Low `tide\n\n{% if a %}at ` noon", "Low `tide\n\nat ` noon"),
        ("- Low `tide\n- {% if a %}at ` noon", "- Low `tide\n- at ` noon"),
    ],
)
def test_a_mark_becomes_the_markdown_that_it_means(marked: str, meant: str) -> None:
    assert plainer(marked).strip() == meant


@pytest.mark.parametrize(
    "text",
    [
        "Use {% block %} and {{ value }} of {:a 1} or {b}",
        "{% comment %} without an end",
        "Low {% highlight c %} without an end",
        "```\n{% if a %}\n{{< figure src='a.jpg' >}}\n# A {#b}\n```",
        "`{{< figure src='a.jpg' >}}`",
        "~~~\nnever ends {{ site.url }}",
        "> ```\n> {% if a %}\n> ```",
        "- ```\n  {% include x %}\n  ```",
        "1. > ~~~\n   > {{< figure src='a.jpg' >}}\n   > ~~~",
        "Low\n\n    {% if a %}\n\n    {{< b >}}\n",
        "\t{% if a %}",
        "- Low\n\nTide\n\n    {% if a %}",
        "- Low\n\n`a`\n\n    {% if a %}",
        "Low `{{< a\nb >}}` tide",
        "``a ` {% if a %}``",
    ],
)
def test_what_is_talked_about_stays(text: str) -> None:
    assert plainer(text) == text


def test_a_link_that_only_the_generator_knows_is_its_words() -> None:
    assert clean(plainer("See [low tide]({% link tide.md %})."), "markdown").html == "<p>See low tide.</p>"


@pytest.mark.parametrize(
    "piece",
    [
        *("{% highlight x %}", "{{< highlight x >}}", "{{< a ", "{% a ", "```\n", "`a", "{{</*"),
        *("{: .a", "{: .a .b ", "# a {#", "{{ site.", '{{ "a', "*x\n{:", "{{< a b=", "{% raw %}"),
    ],
)
def test_s14_marks_without_end_cost_no_more_than_their_length(piece: str) -> None:
    started = time.process_time()

    plainer(piece * (2_000_000 // len(piece)))

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        *("{{<" + " " * 100_000 + "!", "{{<" + "a" * 100_000, "{%" + "a" * 100_000),
        *(("{{< a " + "-" * 990 + " >}}\n") * 200, ("{% a " + "b" * 490 + " %}\n") * 400),
        *("{{< highlight >}}{{<" + " " * 100_000, "{{< /" + " " * 100_000),
        *("{" + "> " * 50_000 + "x", "{" + " " * 100_000 + "```", "{\n\n" + "    a\n\n" * 15_000),
        *("{- a\n\n" + "    a\n\n" * 15_000, "{" + "".join("`" * n + "a" for n in range(1, 400))),
        *("{" + "`\na``" * 20_000, "{" + "[^" * 50_000, "- {\n" + "    a\n" * 15_000),
    ],
    ids=range(15),
)
def test_s14_a_long_mark_is_read_in_half_a_second(text: str) -> None:
    assert seconds(partial(plainer, text)) < 0.5
