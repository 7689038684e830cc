// The peer of `make bench` that shows what simdjson does with the same questions, as a whole program:
// loads a file of NDJSON and works on it line by line.
//
//     bench-simdjson count dom|ondemand FILE      exam_name and how often, sorted
//     bench-simdjson columns THREADS FILE         nine columns as TSV, in input order (DOM)
//
// DOM validates every byte; on demand checks only what it walks over.
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

using namespace simdjson;

static void fail(const char *what)
{
    std::fprintf(stderr, "bench-simdjson: %s\n", what);
    std::exit(1);
}

// Calls each(text, length) for every line of the piece. The bytes behind a line serve as padding.
template <class Each> static void lines(const char *text, const char *end, Each each)
{
    while (text < end) {
        const char *newline = static_cast<const char *>(std::memchr(text, '\n', size_t(end - text)));
        const char *stop = newline ? newline : end;
        if (stop > text)
            each(text, size_t(stop - text));
        text = stop + 1;
    }
}

static void count(const padded_string &file, bool ondemand)
{
    std::unordered_map<std::string, size_t> counts;
    std::string key;
    auto add = [&](std::string_view name) {
        key.assign(name);
        counts[key]++;
    };
    const char *end = file.data() + file.size();
    if (ondemand) {
        ondemand::parser parser;
        lines(file.data(), end, [&](const char *text, size_t length) {
            auto document = parser.iterate(text, length, length + SIMDJSON_PADDING);
            add(document["exam_name"].get_string().value());
        });
    } else {
        dom::parser parser;
        lines(file.data(), end, [&](const char *text, size_t length) {
            add(parser.parse(text, length, false)["exam_name"].get_string().value());
        });
    }
    std::vector<std::pair<std::string, size_t>> sorted(counts.begin(), counts.end());
    std::sort(sorted.begin(), sorted.end());
    for (auto &[name, times] : sorted)
        std::printf("%s\t%zu\n", name.c_str(), times);
}

static void cell(std::string &out, std::string_view text)
{
    for (char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\t')
            out += "\\t";
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

static void rows(const char *text, const char *end, std::string &out)
{
    static const char *const names[] = {"correct", "incomplete", "incorrect", "submitted", "total", "unanswered"};
    dom::parser parser;
    lines(text, end, [&](const char *line, size_t length) {
        dom::object record = parser.parse(line, length, false).get_object();
        cell(out, record["user_exam_id"].get_string().value());
        out += '\t';
        cell(out, record["exam_name"].get_string().value());
        dom::object counts = record["sequences"]["counts"].get_object();
        out += counts["all_correct"].get_bool().value() ? "\ttrue" : "\tfalse";
        for (const char *name : names) {
            out += '\t';
            out += std::to_string(counts[name].get_int64().value());
        }
        out += '\n';
    });
}

static void columns(const padded_string &file, unsigned threads)
{
    std::vector<const char *> cuts{file.data()};
    const char *end = file.data() + file.size();
    for (unsigned i = 1; i < threads; i++) {
        const char *cut = file.data() + file.size() / threads * i;
        const char *newline = static_cast<const char *>(std::memchr(cut, '\n', size_t(end - cut)));
        cuts.push_back(newline ? newline + 1 : end);
    }
    cuts.push_back(end);
    std::vector<std::string> outs(threads);
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < threads; i++)
        workers.emplace_back([&, i] { rows(cuts[i], cuts[i + 1], outs[i]); });
    for (auto &worker : workers)
        worker.join();
    std::puts("user_exam_id\texam_name\tall_correct\tcorrect\tincomplete\tincorrect\tsubmitted\ttotal\tunanswered");
    for (auto &out : outs)
        if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size())
            fail("stdout");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("count dom|ondemand FILE, columns THREADS FILE");
    padded_string file;
    if (padded_string::load(argv[3]).get(file))
        fail("can't load the file");
    try {
        if (!std::strcmp(argv[1], "count"))
            count(file, !std::strcmp(argv[2], "ondemand"));
        else
            columns(file, unsigned(std::atoi(argv[2])));
    } catch (const simdjson_error &error) {
        fail(error.what());
    }
    return std::fflush(stdout) ? 1 : 0;
}
