package program

import (
	"fmt"
	"strconv"
	"strings"
)

// SameTicks compares raw rows of the lake with what `simulate` writes: each must be the tick of its symbol that its
// sequence number says.
func SameTicks(rows []string, simulated string) error {
	written := make(map[string][]string) // of each symbol, in order
	total := 0
	for line := range strings.Lines(simulated) {
		if fields := strings.SplitN(line, ",", 3); fields[0] != "Timestamp" {
			written[fields[1]] = append(written[fields[1]], strings.TrimSuffix(line, "\n"))
			total++
		}
	}
	for _, row := range rows {
		fields := strings.Split(row, ",")
		line, symbol := strings.Join(fields[:7], ","), fields[1]
		sequence, err := strconv.Atoi(fields[9])
		if err != nil {
			return fmt.Errorf("row %q: %w", row, err)
		}
		if sequence > len(written[symbol]) {
			return fmt.Errorf("row %q is beyond the %d ticks of %s among the %d that were simulated; %d rows", row, len(written[symbol]), symbol, total, len(rows))
		}
		if want := written[symbol][sequence-1]; line != want {
			return fmt.Errorf("row %q is not the market's tick %q", row, want)
		}
	}
	return nil
}
