import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/**
 * Matches events against patterns with event-ruler. Reads lines {"pattern": ..., "event": ...} and answers each with a line:
 * {"match": true or false}, {"error": "..."} for a pattern that event-ruler rejects, or {"undecided": true} where its two
 * algorithms disagree, which they do for some events whose field names contain dots.
 */
public class Judge {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonNode question = JSON.readTree(line);
            output.println(answer(question.get("pattern").toString(), question.get("event").toString()));
        }
    }

    private static ObjectNode answer(String pattern, String event) throws Exception {
        ObjectNode answer = JSON.createObjectNode();
        String error = JsonRuleCompiler.check(pattern);
        if (error != null) return answer.put("error", error);
        boolean match = matches(pattern, event, true);
        if (match != matches(pattern, event, false)) return answer.put("undecided", true);
        return answer.put("match", match);
    }

    private static boolean matches(String pattern, String event, boolean structured) throws Exception {
        Machine machine = Machine.builder().withStructuredMatching(structured).build();
        machine.addRule("rule", pattern);
        return !machine.rulesForJSONEvent(event).isEmpty();
    }
}
