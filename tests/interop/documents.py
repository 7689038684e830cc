"""Random nested records for what we write and others read: nulls and empty lists at each level, integers at the ends of
64 bits and beyond, doubles at theirs, odd names and texts."""


def spaced(draw, text):
    """The same JSON with white space between its tokens."""
    made, quoted, escaped = [], False, False
    for character in text:
        if quoted:
            made.append(character)
            quoted = escaped or character != '"'
            escaped = not escaped and character == "\\"
            continue
        quoted = character == '"'
        space = draw.choice(["", " ", "\n", "\t", "\r\n  "]) if character in "[]{},:" else ""
        made.append(space + character if draw.random() < 0.5 else character + space)
    return "".join(made)


def text(draw):
    kind = draw.random()
    if kind < 0.3:
        return draw.choice(
            ["", "a", "common", "prefix/one", "prefix/two", "prefix/three", "\U0001f600", "é\"\\\n\t\x00\x7f"])
    return "".join(draw.choice("abcdefgh é日\U0001f642\"") for _ in range(draw.randrange(40)))


def documents(draw, count):
    """Random nested documents of one random shape, with nulls and gaps at each level."""
    names = ["a", "b", "é", "\U0001f600", "a b", "z.y", "quote\"", "k1", "k2", "k3"]

    def shape(depth):
        kind = draw.random()
        if depth == 0 or kind < 0.4:
            return draw.choice(["int", "big", "real", "text", "bool", "few"])
        if kind < 0.7:
            return [shape(depth - 1)]
        return {name: shape(depth - 1) for name in draw.sample(names, draw.randrange(1, 5))}

    def value(kind):
        if draw.random() < 0.12:
            return None
        if isinstance(kind, dict):
            members = [(name, value(inner)) for name, inner in kind.items() if draw.random() < 0.85]
            draw.shuffle(members)
            return dict(members)
        if isinstance(kind, list):
            return [value(kind[0]) for _ in range(draw.choice([0, 0, 1, 2, 4, 9]))]
        if kind == "text":
            return text(draw) or "x"
        return {
            "int": draw.choice([0, -1, 2 ** 63 - 1, -2 ** 63,
                                draw.randrange(1000)]), "big": draw.choice([2 ** 63, -10 ** 37, 10 ** 38 - 1, 5]),
            "real": draw.choice([0.5, -0.0, 1e300, 5e-324,
                                 draw.gauss(0, 1)]), "bool": draw.random() < 0.5, "few": draw.choice(["red", "green"])
        }[kind]

    kind = {name: shape(4) for name in draw.sample(names, 5)}
    return [value(kind) or {} for _ in range(count)]


def bare(value):
    """Without null members, which are as good as none."""
    if isinstance(value, dict):
        return {key: bare(member) for key, member in value.items() if member is not None}
    return [bare(element) for element in value] if isinstance(value, list) else value


# columns of each type, and records at their edges: as they are landed, and as Spark casts the columns to strings
EDGES_SCHEMA = ("d DATE, t TIMESTAMP, l TIMESTAMP_NTZ, x DECIMAL(20,2), f FLOAT, r DOUBLE, b BINARY, i INT, "
                "s SMALLINT, y TINYINT, n BIGINT, e STRING, m MAP<STRING,ARRAY<INT>>")
EDGES = [
    ('{"d":"1582-10-04","t":"1582-10-04T12:00:00Z","l":"1500-01-01 00:00:00.000001","x":-123456789012345678.905,'
     '"f":0.1,"r":"NaN","b":"AAEC","i":-1,"s":-2,"y":-3,"n":-9223372036854775808,"e":"\U0001f642","m":{"a":[1,null],'
     '"b":null}}',
     ["1582-10-04", "1582-10-04 12:00:00", "1500-01-01 00:00:00.000001", "-123456789012345678.91", "0.1", "NaN",
      "000102", "-1", "-2", "-3", "-9223372036854775808", "\U0001f642", "{a -> [1, null], b -> null}"]),
    ('{"d":"0001-01-01","t":"9999-12-31T23:59:59.999999Z","l":"2020-02-29","x":0.005,"f":"Infinity","r":-0.0,"b":"",'
     '"i":2147483647,"s":32767,"y":127,"n":9223372036854775807,"e":"","m":{}}',
     ["0001-01-01", "9999-12-31 23:59:59.999999", "2020-02-29 00:00:00", "0.01", "Infinity", "-0.0", "",
      "2147483647", "32767", "127", "9223372036854775807", "", "{}"]),
    ("{}", [None] * 13),
]
