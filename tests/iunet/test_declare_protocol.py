"""Protocol files: what is read, and what is refused."""

import pytest

from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import (
    ProtocolError,
    default_protocol,
    find_protocol,
    read_protocol,
    shipped_protocols,
)


@pytest.fixture
def written(tmp_path):
    """Writes a file of one's own on top of the default protocol, and returns its path."""

    def write(lines):
        path = tmp_path / "own.toml"
        path.write_text(f'base = "{default_protocol()}"\n{lines}\n')
        return path

    return write


def test_a_file_of_ones_own_changes_the_lines_it_has_and_keeps_the_rest(written):
    own = read_protocol(written("[table.cut]\nratio = 4"))
    base = find_protocol(default_protocol())

    assert own.key == "own"
    assert own.table.cut.ratio == 4
    assert own.table.cut.scope == base.table.cut.scope
    assert own.table.pretrain == base.table.pretrain
    assert not own.default


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[table.cut]\nratios = 4", "no setting called 'ratios'; known: ratio, "),
        ("[table.cut]\nratio = 0.5", r"table\.cut.*ratio is a number from 1 to 1e\+09, not 0\.5"),
        ("[table.finetune]\nepochs = 'many'", r"table\.finetune\.epochs"),
        ("[table.finetune]\nepochs = 0", "epochs is a number from 1 to 1e[+]09, not 0"),
        ("[table.finetune.schedule]\nfirst_cycle = 0", "first_cycle is a number from 1"),
        ("[table.contrast.views]\nrate = 1.5", r"rate is a number from 0 to 1, not 1\.5"),
        ("[table.contrast]\nanchor = 'view'", r"table\.contrast\.anchor"),
        ("[table.shrink]\nl1 = []", "at least one value"),
        ("[table.pretrain.optimiser]\nkind = 'sgd'", "no weight decay"),
        ("[table.shrink]\nl1 = [nan]", "table.shrink.l1: nan is not finite"),
        ("[table.shrink]\nl1 = [1e-5, 1e-5]", "each once"),
        ("[table.shrink]\nl1 = [-1e-5]", "l1 is a number from 0 to 1e[+]09, not -1e-05"),
        ("[table.pretrain.optimiser]\nlearning_rate = -1.0", "learning_rate .* not -1.0"),
        ("[table.pretrain.optimiser]\nlearning_rate = inf", "learning_rate: inf is not finite"),
        ("[table.split]\ntest = 1.0", "shares between 0 and 1"),
        ("[table.split]\nseed = -1", "seed is a number from 0 to 4.*, not -1"),
        (
            "[table.finetune]\nepochs = 1" + "0" * 400,
            "epochs: 10*... is too large a number",
        ),
        ("[table.finetune]\nepochs = 1" + "0" * 5000, "not TOML: .*digits"),
        ("[vision.grid]\nkappas = []", "grid of kappas has at least one value"),
        ("[vision.grid]\nratios = [0.5]", "ratios is a number from 1"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("seeds = [4294967296]", "seed is a number from 0 to 4.29497e[+]09, not 4294967296"),
        ("[table.cut]\nratio = 'x\ty'", r"table.cut.ratio: .* \(it is .x"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(written, lines, said):
    with pytest.raises(ProtocolError, match=said) as caught:
        read_protocol(written(lines))
    assert str(caught.value).startswith(str(written("")))
    assert "\n" not in str(caught.value)


def test_an_unknown_protocol_lists_the_known_ones():
    with pytest.raises(UnknownKey, match=", ".join(shipped_protocols())):
        find_protocol("texts")


def test_seeds_are_at_least_one_and_distinct(tmp_path):
    for seeds in ("[]", "[1, 1]"):
        path = tmp_path / "own.toml"
        path.write_text(f'base = "{default_protocol()}"\nseeds = {seeds}\n')

        with pytest.raises(ProtocolError, match="at least one and distinct"):
            read_protocol(path)


def test_a_file_with_the_name_of_a_shipped_protocol_is_refused(written):
    own = written("")
    path = own.rename(own.with_name(f"{default_protocol()}.toml"))

    with pytest.raises(ProtocolError, match="rename the file"):
        find_protocol(str(path))
