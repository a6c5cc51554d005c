"""The kinds of personal information that are told apart."""

from dataclasses import dataclass
from enum import StrEnum


class PersonalKind(StrEnum):
    MY_NUMBER = "my_number"
    POSSIBLE_MY_NUMBER = "possible_my_number"  # right check digit, but nothing around says so
    TELEPHONE = "telephone"
    MAIL = "mail"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    ACCOUNT = "account"
    BIRTH_DATE = "birth_date"
    NAME = "name"
    FORBIDDEN_WORD = "forbidden_word"


KIND_NAMES = {
    PersonalKind.MY_NUMBER: "マイナンバー",
    PersonalKind.POSSIBLE_MY_NUMBER: "マイナンバーかもしれない12桁の番号",
    PersonalKind.TELEPHONE: "電話番号",
    PersonalKind.MAIL: "メールアドレス",
    PersonalKind.POSTAL_CODE: "郵便番号",
    PersonalKind.ADDRESS: "住所",
    PersonalKind.ACCOUNT: "口座番号",
    PersonalKind.BIRTH_DATE: "生年月日",
    PersonalKind.NAME: "氏名",
    PersonalKind.FORBIDDEN_WORD: "使用を禁じられた語",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`text[start:end]` is of this kind. The value itself is kept nowhere."""

    kind: PersonalKind
    start: int
    end: int
