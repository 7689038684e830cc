// Writes Parquet with parquet-go into the folder given: each type in each encoding that it has, with each codec and
// version of pages, and nested values; the tests read it.
package main

import (
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
)

const rows = 700

var codecs = []struct {
	name  string
	codec compress.Codec
}{
	{"none", &parquet.Uncompressed}, {"snappy", &parquet.Snappy}, {"gzip", &parquet.Gzip},
	{"brotli", &parquet.Brotli}, {"zstd", &parquet.Zstd}, {"lz4", &parquet.Lz4Raw},
}

var encodings = []struct {
	name     string
	encoding encoding.Encoding
}{
	{"plain", &parquet.Plain}, {"plain_dictionary", &parquet.PlainDictionary}, {"dictionary", &parquet.RLEDictionary},
	{"rle", &parquet.RLE}, {"bit_packed", &parquet.BitPacked}, {"delta", &parquet.DeltaBinaryPacked},
	{"delta_length", &parquet.DeltaLengthByteArray}, {"front", &parquet.DeltaByteArray},
	{"split", &parquet.ByteStreamSplit},
}

var draw = rand.New(rand.NewSource(5))

func number(bits int) int64 {
	least := int64(math.MinInt64) >> (64 - bits)
	return []int64{0, 1, -1, least, ^least, draw.Int63n(100), int64(draw.Uint64()) >> (64 - bits)}[draw.Intn(7)]
}

func bytes(length int) []byte {
	made := make([]byte, length)
	draw.Read(made)
	return made
}

func text() string {
	return []string{"", "a", "common", "prefix/one", "prefix/two", "é\"\\\n\t\x00", "\U0001f600",
		fmt.Sprintf("text %d", draw.Intn(1e9))}[draw.Intn(8)]
}

// Values of a kind that the node's leaf takes, without nulls.
var kinds = []struct {
	name string
	node parquet.Node
	make func() parquet.Value
}{
	{"bool", parquet.Leaf(parquet.BooleanType), func() parquet.Value { return parquet.ValueOf(draw.Intn(3) == 0) }},
	{"int8", parquet.Int(8), func() parquet.Value { return parquet.ValueOf(int32(number(8))) }},
	{"int16", parquet.Int(16), func() parquet.Value { return parquet.ValueOf(int32(number(16))) }},
	{"int32", parquet.Int(32), func() parquet.Value { return parquet.ValueOf(int32(number(32))) }},
	{"int64", parquet.Int(64), func() parquet.Value { return parquet.ValueOf(number(64)) }},
	{"uint32", parquet.Uint(32), func() parquet.Value { return parquet.ValueOf(int32(number(32))) }},
	{"uint64", parquet.Uint(64), func() parquet.Value { return parquet.ValueOf(number(64)) }},
	{"float", parquet.Leaf(parquet.FloatType), func() parquet.Value {
		return parquet.ValueOf(float32(draw.NormFloat64()))
	}},
	{"double", parquet.Leaf(parquet.DoubleType), func() parquet.Value {
		return parquet.ValueOf([]float64{0, 0.1, 1e300, 5e-324, math.Inf(-1), draw.NormFloat64()}[draw.Intn(6)])
	}},
	{"bytes", parquet.Leaf(parquet.ByteArrayType), func() parquet.Value { return parquet.ValueOf(bytes(draw.Intn(9))) }},
	{"fixed", parquet.Leaf(parquet.FixedLenByteArrayType(5)), func() parquet.Value {
		return parquet.FixedLenByteArrayValue(bytes(5))
	}},
	{"string", parquet.String(), func() parquet.Value { return parquet.ValueOf(text()) }},
	{"enum", parquet.Enum(), func() parquet.Value { return parquet.ValueOf([]string{"x", "yy"}[draw.Intn(2)]) }},
	{"json", parquet.JSON(), func() parquet.Value { return parquet.ValueOf(fmt.Sprintf(`{"a":%d}`, draw.Intn(9))) }},
	{"uuid", parquet.UUID(), func() parquet.Value { return parquet.FixedLenByteArrayValue(bytes(16)) }},
	{"date", parquet.Date(), func() parquet.Value { return parquet.ValueOf(int32(draw.Intn(2000000) - 1000000)) }},
	{"time_ms", parquet.Time(parquet.Millisecond), func() parquet.Value {
		return parquet.ValueOf(int32(draw.Intn(86400000)))
	}},
	{"stamp_ms", parquet.Timestamp(parquet.Millisecond), func() parquet.Value {
		return parquet.ValueOf(draw.Int63n(2e14) - 1e14)
	}},
	{"stamp_us", parquet.Timestamp(parquet.Microsecond), func() parquet.Value {
		return parquet.ValueOf(draw.Int63n(2e17) - 1e17)
	}},
	{"stamp_ns", parquet.Timestamp(parquet.Nanosecond), func() parquet.Value { return parquet.ValueOf(number(63)) }},
	{"decimal_9", parquet.Decimal(2, 9, parquet.Int32Type), func() parquet.Value {
		return parquet.ValueOf(int32(draw.Intn(2e9-1) - 1e9 + 1))
	}},
	{"decimal_18", parquet.Decimal(7, 18, parquet.Int64Type), func() parquet.Value {
		return parquet.ValueOf(draw.Int63n(2e18-1) - 1e18 + 1)
	}},
	{"decimal_20", parquet.Decimal(3, 20, parquet.FixedLenByteArrayType(9)), func() parquet.Value {
		value := bytes(9)
		value[0] = byte(int8(value[7]) >> 7) // within 20 digits
		value[1] = value[0]
		return parquet.FixedLenByteArrayValue(value)
	}},
}

// A node in that encoding; nil: the library has none. It takes RLE for numbers and fails when they come. pyarrow, which
// the tests ask, reads no dictionary of booleans.
func encoded(node parquet.Node, in encoding.Encoding) (made parquet.Node) {
	boolean := node.Type().Kind() == parquet.Boolean
	if (in == &parquet.RLE || in == &parquet.BitPacked) && !boolean ||
		(in == &parquet.PlainDictionary || in == &parquet.RLEDictionary) && boolean {
		return nil
	}
	defer func() {
		if recover() != nil {
			made = nil
		}
	}()
	return parquet.Optional(parquet.Encoded(node, in))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func flat(path string, codec compress.Codec, version int) {
	group, makers := parquet.Group{}, map[string]func() parquet.Value{}
	for _, kind := range kinds {
		for _, in := range encodings {
			if node := encoded(kind.node, in.encoding); node != nil {
				group[kind.name+"_"+in.name] = node
				makers[kind.name+"_"+in.name] = kind.make
			}
		}
	}
	schema := parquet.NewSchema("flat", group)
	out, err := os.Create(path)
	check(err)
	writer := parquet.NewWriter(out, schema, parquet.Compression(codec), parquet.DataPageVersion(version),
		parquet.PageBufferSize(900), parquet.MaxRowsPerRowGroup(300))
	for i := 0; i < rows; i++ {
		row := parquet.Row{}
		for column, field := range schema.Fields() {
			if draw.Intn(7) == 0 {
				row = append(row, parquet.NullValue().Level(0, 0, column))
			} else {
				row = append(row, makers[field.Name()]().Level(0, 1, column))
			}
		}
		_, err = writer.WriteRows([]parquet.Row{row})
		check(err)
	}
	check(writer.Close())
	check(out.Close())
}

type element struct {
	Text *string   `parquet:"text,optional,dict"`
	Real []float64 `parquet:"real,list"`
}

type record struct {
	Number   int64             `parquet:"number,delta"`
	Listed   []string          `parquet:"listed,list"`
	Repeated []int32           `parquet:"repeated"`
	Counts   map[string]int64  `parquet:"counts"`
	Elements []element         `parquet:"elements,list"`
	Plain    []element         `parquet:"plain"`
	Maybe    *element          `parquet:"maybe,optional"`
	Names    map[int32]element `parquet:"names"`
}

func some(most int) int { return []int{0, 0, 1, draw.Intn(most)}[draw.Intn(4)] }

func oneElement() element {
	made := element{}
	if draw.Intn(3) > 0 {
		value := text()
		made.Text = &value
	}
	for i := some(5); i > 0; i-- {
		made.Real = append(made.Real, draw.NormFloat64())
	}
	return made
}

func nested(path string, codec compress.Codec, version int) {
	out, err := os.Create(path)
	check(err)
	writer := parquet.NewGenericWriter[record](out, parquet.Compression(codec), parquet.DataPageVersion(version),
		parquet.PageBufferSize(500), parquet.MaxRowsPerRowGroup(300))
	for i := 0; i < rows; i++ {
		one := record{Number: number(64), Counts: map[string]int64{}, Names: map[int32]element{}}
		for k := some(4); k > 0; k-- {
			one.Listed = append(one.Listed, text())
			one.Repeated = append(one.Repeated, int32(number(32)))
			one.Counts[fmt.Sprint(k)] = number(64)
			one.Elements = append(one.Elements, oneElement())
			one.Plain = append(one.Plain, oneElement())
			one.Names[int32(k)] = oneElement()
		}
		if draw.Intn(2) == 0 {
			made := oneElement()
			one.Maybe = &made
		}
		_, err = writer.Write([]record{one})
		check(err)
	}
	check(writer.Close())
	check(out.Close())
}

func main() {
	for _, codec := range codecs {
		for version := 1; version <= 2; version++ {
			name := fmt.Sprintf("%s-v%d.parquet", codec.name, version)
			flat(filepath.Join(os.Args[1], "flat-"+name), codec.codec, version)
			nested(filepath.Join(os.Args[1], "nested-"+name), codec.codec, version)
		}
	}
}
