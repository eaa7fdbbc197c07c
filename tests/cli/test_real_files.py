"""Files that people have go in by command line with no more than a mapping; the store holds what stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.real_files import FILES, RealFile, found


@pytest.mark.slow
@pytest.mark.parametrize("real", FILES, ids=str)
def test_a_file_goes_in_and_the_store_holds_what_stands_in_it(
    calm: CommandLine, shared: Path, tmp_path: Path, real: RealFile
) -> None:
    file, mapping = real.laid_out(shared / "data", tmp_path), real.mapping_path()
    words = ["import", str(file), *(("--map", str(mapping)) if mapping else ())]
    for name, text in real.parameters.items():
        words += ["--param", f"{name}={text}"]
    wanted, answer = real.wanted(file), calm(*words)
    stands = found(calm, answer)
    assert {name: stands[name] for name in wanted} == wanted
    assert answer["problems"] == []
    again = calm(*words)
    # What takes back something that no file has sold is told each time; all other rows are known.
    assert (again["batch"], again["new"], again["problems"]) == (None, 0, [])
    assert again["same"] + again["cancelled"] == answer["read"] - answer["skipped"]
    assert calm("check")["ok"] is True
