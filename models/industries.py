"""Industries: the regulatory classes (行业领域) that checklists, departments and enterprises hang on."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, code_column
from models.shapes import Read


class Industry(SQLModel, table=True):
    """A regulatory class; `gb4754` maps it to codes of GB/T 4754, many to many, and may be empty."""

    __tablename__ = "industry"
    __table_args__ = {"info": READ_ONLY}

    code: str = Field(sa_column=code_column(primary_key=True))
    position: int
    name_zh: str
    name_en: str
    gb4754: list[str] = Field(sa_column=sa.Column(sa.ARRAY(sa.Text), nullable=False))


class IndustryRead(Read):
    """One class; `gb4754` are section letters or digit codes of GB/T 4754-2017."""

    code: str
    name_zh: str
    name_en: str
    gb4754: list[str]

    @classmethod
    def of(cls, industry: Industry) -> "IndustryRead":
        """The row as clients see it."""
        return cls(code=industry.code, name_zh=industry.name_zh, name_en=industry.name_en, gb4754=industry.gb4754)
