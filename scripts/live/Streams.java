import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;

/**
 * The count of scripts/bench-live with Kafka Streams: Streams BROKERS TOPIC FOLDER latency|throughput. Rows that
 * changed are printed as {"k":...,"n":...,"sent":...}. For latency without a cache, so that each change goes on at
 * once; for throughput with the cache that is usual, and a commit each second.
 */
final class Streams {
    public static void main(String[] arguments) {
        boolean latency = arguments[3].equals("latency");
        Properties properties = new Properties();
        properties.put("application.id", "bench-" + ProcessHandle.current().pid());
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("state.dir", arguments[2]);
        properties.put("num.stream.threads", "2");
        properties.put("auto.offset.reset", "earliest");
        properties.put("commit.interval.ms", "1000");
        if (latency) {
            properties.put("statestore.cache.max.bytes", "0");
        }
        ObjectMapper mapper = new ObjectMapper();
        Serde<JsonNode> json =
            Serdes.serdeFrom((topic, node) -> bytes(mapper, node), (topic, data) -> tree(mapper, data));
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false);
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(arguments[1], Consumed.with(Serdes.String(), json))
            .groupByKey(Grouped.with(Serdes.String(), json))
            .aggregate(() -> (JsonNode) JsonNodeFactory.instance.objectNode().put("n", 0L).put("sent", 0L),
                (key, value, sum) -> ((ObjectNode) sum).put("n", sum.get("n").asLong() + 1)
                    .put("sent", Math.max(sum.get("sent").asLong(), value.get("sent").asLong())),
                Materialized.with(Serdes.String(), json))
            .toStream()
            .foreach((key, sum) -> {
                synchronized (out) {
                    out.println("{\"k\":\"" + key + "\",\"n\":" + sum.get("n") + ",\"sent\":" + sum.get("sent") + "}");
                    if (latency) {
                        out.flush();
                    }
                }
            });
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.start();
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        while (true) {
            synchronized (out) {
                out.flush();
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    private static byte[] bytes(ObjectMapper mapper, JsonNode node) {
        return node == null ? null : node.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode tree(ObjectMapper mapper, byte[] data) {
        try {
            return data == null ? null : mapper.readTree(data);
        } catch (IOException damaged) {
            throw new IllegalArgumentException(damaged);
        }
    }
}
