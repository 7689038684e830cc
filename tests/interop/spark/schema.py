"""Schema inference and show(): crafted inputs and random ones."""
import json
import random

CRAFTED = {
    "long": '{"a":1}\n{"a":-5}\n',
    "long limits": '{"a":9223372036854775807,"b":-9223372036854775808}\n',
    "one beyond long": '{"a":9223372036854775808}\n',
    "one below long": '{"a":-9223372036854775809}\n',
    "beyond long and long": '{"a":9223372036854775808}\n{"a":1}\n',
    "long and beyond long": '{"a":1}\n{"a":123456789012345678901234}\n',
    "big integers of two lengths": '{"a":9223372036854775808}\n{"a":1234567890123456789012345}\n',
    "38 digits": '{"a":12345678901234567890123456789012345678}\n{"a":7}\n',
    "39 digits": '{"a":123456789012345678901234567890123456789}\n{"a":7}\n',
    "big integer and double": '{"a":99999999999999999999}\n{"a":1.5}\n',
    "negative big integer": '{"a":-12345678901234567890}\n{"a":0}\n',
    "20 digits with zeros": '{"a":10000000000000000000}\n',
    "minus zero": '{"a":-0,"b":-0.0}\n{"a":1,"b":1}\n',
    "double": '{"a":1.5}\n{"a":1e10}\n{"a":1E-7}\n{"a":100}\n',
    "double texts": '{"a":0.1}\n{"a":123456789.125}\n{"a":1e300}\n{"a":1e-300}\n{"a":1.0}\n{"a":10000000.0}\n'
                    '{"a":0.001}\n{"a":0.0001}\n',
    "long and double": '{"a":1}\n{"a":2.5}\n{"a":null}\n',
    "exponent without a point": '{"a":1e2}\n',
    "boolean": '{"a":true}\n{"a":false}\n{"a":null}\n',
    "string": '{"a":"x"}\n{"a":"y z"}\n',
    "string of digits": '{"a":"1"}\n{"a":"2"}\n',
    "dates stay strings": '{"a":"2018-01-23T14:23:19.082Z","b":"2018-01-23"}\n',
    "long and string": '{"a":1}\n{"a":"x"}\n',
    "double and string": '{"a":1.50}\n{"a":"x"}\n{"a":1e5}\n',
    "boolean and string": '{"a":true}\n{"a":"x"}\n',
    "boolean and long": '{"a":true}\n{"a":1}\n',
    "boolean and double": '{"a":true}\n{"a":1.0}\n',
    "big integer and string": '{"a":99999999999999999999}\n{"a":"x"}\n',
    "struct and string": '{"a":{"k" : [1, 2.50]}}\n{"a":"x"}\n',
    "struct and long": '{"a":{"k":1}}\n{"a":5}\n',
    "array and long": '{"a":[1,  2]}\n{"a":5}\n',
    "array and string": '{"a":["x"]}\n{"a":"y"}\n',
    "array and struct": '{"a":[1]}\n{"a":{"b":1}}\n',
    "everything": '{"a":1}\n{"a":"x"}\n{"a":{"b":1}}\n{"a":[1]}\n{"a":true}\n{"a":1.5}\n{"a":null}\n',
    "only nulls": '{"a":null,"b":1}\n{"a":null}\n',
    "only empty strings": '{"a":""}\n{"a":""}\n',
    "empty string and null": '{"a":""}\n{"a":null}\n',
    "empty string and long": '{"a":""}\n{"a":1}\n',
    "empty string and double": '{"a":1.5}\n{"a":""}\n',
    "empty string and boolean": '{"a":true}\n{"a":""}\n',
    "empty string and string": '{"a":""}\n{"a":"x"}\n',
    "empty string and struct": '{"a":""}\n{"a":{"b":1}}\n',
    "empty string and array": '{"a":[1]}\n{"a":""}\n',
    "empty array": '{"a":[]}\n',
    "empty array and array": '{"a":[]}\n{"a":[1]}\n',
    "empty array and null": '{"a":[]}\n{"a":null}\n',
    "array of nulls": '{"a":[null,null]}\n',
    "array of long and double": '{"a":[1,2.5]}\n{"a":[3]}\n',
    "array of long and string": '{"a":[1,"x",true,null,1.50,[1],{"b" : 2}]}\n',
    "array of arrays": '{"a":[[1],[],[2,3]]}\n{"a":[]}\n{"a":[[]]}\n',
    "array of structs": '{"a":[{"b":1},{"c":"x"},{},null]}\n',
    "array of empty structs": '{"a":[{}],"b":1}\n',
    "arrays of other types": '{"a":[1]}\n{"a":["x"]}\n{"a":[true]}\n',
    "empty strings in an array": '{"a":["",1]}\n{"a":[2]}\n',
    "deep arrays": '{"a":[[[1,null],[]],null]}\n',
    "empty struct": '{"a":{},"b":1}\n',
    "empty struct, then fields": '{"a":{},"b":1}\n{"a":{"x":1}}\n',
    "struct of empty structs": '{"a":{"b":{},"c":{"d":{}}},"z":1}\n',
    "empty name": '{"":1,"a":2}\n{"a":{"":3,"b":4}}\n',
    "missing fields": '{"a":1}\n{"b":2}\n{"c":{"d":1}}\n{"c":{"e":2}}\n',
    "nested merge": '{"s":{"a":1,"t":{"x":1}}}\n{"s":{"b":"y","t":{"x":2.5,"y":[{"p":1}]}}}\n'
                    '{"s":{"t":{"y":[{"q":true}]}}}\n',
    "struct order": '{"s":{"z":1,"a":2,"m":{"c":3,"b":4}}}\n{"s":{"m":{"b":5},"a":6}}\n',
    "null struct": '{"s":null}\n{"s":{"a":null}}\n{"s":{"a":1,"b":null}}\n{}\n',
    "names with blanks and dots": '{"a b":1,"c.d":2,"e-f":{"g h":"x"}}\n',
    "names with escapes": '{"t\\tt":1,"n\\nn":2,"q\\"q":3,"b\\\\b":4,"u\\u0041":5}\n',
    "names beyond ASCII": '{"\u00e9":1,"\u6f22":2,"z":3,"\uff5e":4,"\U0001f600":5}\n',
    "sorted by UTF-16": '{"s":{"\uff5e":1,"\U0001f600":2,"z":3,"A":4,"_":5}}\n',
    "wide characters": '{"name":"\u6f22\u5b57\u30c6\u30b9\u30c8"}\n{"name":"\uff21\uff22"}\n{"name":"ascii"}\n'
                       '{"name":"\ud55c\uad6d\uc5b4 x"}\n',
    "wide name": '{"\u6f22\u5b57":"x"}\n{"\u6f22\u5b57":"a longer text than the name"}\n',
    "long wide text": '{"a":"' + "\u6f22\u5b57" * 15 + '"}\n{"a":"' + "\u00e9" * 25 + '"}\n',
    "emoji": '{"a":"' + "\U0001f600" * 12 + '"}\n{"a":"x\U0001f600y"}\n{"a":"' + "x" * 16 + "\U0001f600" * 4 + '"}\n',
    # those that Spark has no escape for go out as they are there, as \x1b here: a terminal might obey them
    "control characters": '{"a":"t\\tn\\nr\\rf\\fb\\bv\\u000b\\u0007"}\n{"a":{"s":"x\\ty"}}\n',
    "backslashes and quotes": '{"a":"a\\\\b\\"c\\/d"}\n{"a":"\\\\n"}\n',
    "exactly twenty": '{"a":"12345678901234567890"}\n{"a":"123456789012345678901"}\n',
    "array records": '[{"a":1},{"a":2.5}]\n[]\n{"a":3,"b":"x"}\n',
    "many rows": "".join('{"n":%d,"s":"row %d"}\n' % (i, i) for i in range(25)),
    "exactly twenty rows": "".join('{"n":%d}\n' % i for i in range(20)),
    "mixed depth": '{"a":{"b":{"c":{"d":1}}}}\n{"a":{"b":{"c":{"d":[1]}}}}\n{"a":{"b":5}}\n',
    "white space": ' { "a" : 1 , "b" : [ 1 , 2 ] , "c" : { "d" : "x y" } } \n\n{"a":2,"c":{ }}\n',
}

SHOWS = [(20, 20, False), (20, 0, False), (2, 7, False), (1, 3, True), (20, 20, True), (20, 0, True), (0, 20, False)]
SCALARS = [
    "null", '""', '"x"', '"two words"', "1", "-7", "2.5", "1e3", "true", "false", "99999999999999999999", "{}", "[]",
    '"\u6f22\u5b57"', '"l\\ni\\tne"', '"a very long text with more than twenty characters"'
]


def random_value(chance, depth, kinds):
    kind = chance.random()
    if depth > 0 and kind < 0.2:
        keys = chance.sample(["k", "l", "m", "n", "o"], chance.randrange(4))
        return "{" + ", ".join(f'"{key}":' + random_value(chance, depth - 1, kinds) for key in keys) + "}"
    if depth > 0 and kind < 0.4:
        return "[" + ",".join(random_value(chance, depth - 1, kinds) for _ in range(chance.randrange(4))) + "]"
    return chance.choice(kinds)


def random_input(seed):
    chance = random.Random(seed)
    lines = []
    kinds = chance.sample(SCALARS, chance.randrange(2, 9))
    for _ in range(chance.randrange(1, 8)):
        keys = chance.sample(["a", "b", "c", "d", "e"], chance.randrange(1, 6))
        lines.append("{" + ",".join(f'"{key}":' + random_value(chance, 3, kinds) for key in keys) + "}")
    return "\n".join(lines) + "\n"


def columns(text):
    """The columns in Spark's order: a column is dropped if nothing in it stays."""
    records = []
    for line in text.split("\n"):
        if line.strip():
            value = json.loads(line)
            records += value if isinstance(value, list) else [value]
    names = {name for record in records for name in record if name and kept([r[name] for r in records if name in r])}
    return sorted(names, key=lambda name: name.encode("utf-16-be"))


def kept(values):
    """Whether Spark keeps a column of these values: conflicting kinds make a string, which stays."""
    structs = [v for v in values if isinstance(v, dict)]
    arrays = [v for v in values if isinstance(v, list)]
    others = [v for v in values if not isinstance(v, (dict, list)) and v not in (None, "")]
    if others or (structs and arrays) or not (structs or arrays):
        return True
    if arrays:
        return kept([element for array in arrays for element in array])
    names = {name for struct in structs for name in struct if name}
    return any(kept([struct[name] for struct in structs if name in struct]) for name in names)


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def cases():
    inputs = dict(CRAFTED)
    for seed in range(60):
        inputs[f"random {seed}"] = random_input(seed)
    found = []
    for number, (name, text) in enumerate(inputs.items()):
        found.append({"name": f"{name}: tree", "input": text, "print_schema": "tree", "ours": "aflatten --schema"})
        if number % 2 == 0:
            found.append(
                {"name": f"{name}: json", "input": text, "print_schema": "json", "ours": "aflatten --schema=json"})
        names = columns(text)
        if not names:
            continue
        select = ", ".join(quoted(column) for column in names)
        shows = SHOWS[:2] + [SHOWS[2 + number % 5]] if not name.startswith("random") else [SHOWS[number % 7], SHOWS[1]]
        for rows, width, vertical in dict.fromkeys(shows):
            found.append({
                "name": f"{name}: show({rows}, {width}{', vertical' if vertical else ''})",
                "input": text,
                "show": {"sql": f"select {select} from t", "rows": rows, "width": width, "vertical": vertical},
                "ours": f"aflatten -q --table={rows},{width} {'--vertical ' if vertical else ''}-- " + shell(select) +
                " -",
            })
    for case in found:
        if case["name"].startswith("empty strings in an array: show"):
            case["differs"] = "an empty string among numbers is one null element here; Spark loses the array"
    found.append({
        "name": "names in two cases: tree", "input": '{"A":1}\n{"a":2}\n', "print_schema": "tree",
        "ours": "aflatten --schema", "differs": "names are case-sensitive here"
    })
    found.append({"name": "nothing: tree", "input": "", "print_schema": "tree", "ours": "aflatten --schema"})
    found.append({"name": "nothing: json", "input": "", "print_schema": "json", "ours": "aflatten --schema=json"})
    return {"tables": {}, "cases": found}


def shell(text):
    return "'" + text.replace("'", "'\\''") + "'"
