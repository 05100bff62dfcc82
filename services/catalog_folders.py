"""The catalogue's files: what is shipped, with an office's own rows after it where it keeps a folder of them."""

from pathlib import Path

from services.rules.catalog_draws import CapRow, KindRow, WeightRow, read_caps, read_kinds, read_weights
from services.rules.catalog_files import CatalogError, CatalogRows, read_catalog
from services.rules.catalog_law import LawRows, loose_ends, read_law

CATALOG = Path(__file__).resolve().parent.parent / "catalog"
GROWING = {
    *("industries.csv", "checklists/index.csv", "limits.csv", "calendar.csv", "calendar_years.csv"),
    *(
        "statutes.csv",
        "criteria.csv",
        "criteria_clauses.csv",
        "fines.csv",
        "visit_caps.csv",
        "visit_kinds.csv",
        "draw_weights.csv",
    ),
}
"""Files to which an office may add rows; a checklist's items are a file of its own."""


class Files:
    """Text of the catalogue by a file's name, and where each of its lines really stands."""

    def __init__(self, shipped: Path = CATALOG, own: Path | None = None) -> None:
        self._shipped, self._own = shipped, own
        self._lines_shipped: dict[str, int] = {}
        if own is not None and not own.is_dir():
            raise CatalogError(str(own), 0, "there is no such folder")

    def text_of(self, name: str) -> str:
        """A file's text: the shipped one, then the office's rows without their heading. Raises CatalogError."""
        base, own = self._shipped / name, None if self._own is None else self._own / name
        if own is None or not own.is_file():
            if not base.is_file():
                raise CatalogError(name, 0, "there is no such file")
            return _read(base)
        if not base.is_file():
            return _read(own)
        if name not in GROWING:
            raise CatalogError(str(own), 0, "a shipped checklist has a file of this name: choose another one")
        text, (heading, _, more) = _read(base), _read(own).partition("\n")
        if heading != text.partition("\n")[0]:
            raise CatalogError(str(own), 1, f"the first line must be {text.partition(chr(10))[0]}")
        self._lines_shipped[name] = text.count("\n")
        return text + more

    def placed(self, error: CatalogError) -> CatalogError:
        """An error at its line in the office's own file, if it is there."""
        shipped = self._lines_shipped.get(error.file)
        if shipped is None or error.line <= shipped:
            return error
        return CatalogError(f"{self._own}/{error.file}", error.line - shipped + 1, error.problem)


class Read:
    """The whole catalogue, checked line by line; `loose` are names that lead nowhere."""

    def __init__(self, files: Files) -> None:
        try:
            self.rows: CatalogRows = read_catalog(files.text_of)
            self.law: LawRows = read_law(files.text_of)
            self.caps: list[CapRow] = list(read_caps(files.text_of))
            self.kinds: list[KindRow] = list(read_kinds(files.text_of))
            self.weights: list[WeightRow] = list(read_weights(files.text_of))
        except CatalogError as error:
            raise files.placed(error) from None
        self.loose: list[str] = loose_ends(self.rows, self.law)


def _read(file: Path) -> str:
    """Excel writes a mark before UTF-8, and ends lines its own way."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CatalogError(str(file), 0, "the file must be UTF-8 (CSV UTF-8 in Excel)") from None
    return text if not text or text.endswith("\n") else f"{text}\n"
