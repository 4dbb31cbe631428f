package s3

import "strings"

// WriteHeader writes the names of an object's metadata in lower case, as S3 does: clients hand them on as they come.
func (w *patientWriter) WriteHeader(status int) {
	header := w.Header()
	for name, values := range header {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			delete(header, name)
			header[strings.ToLower(name)] = values
		}
	}
	w.ResponseWriter.WriteHeader(status)
}
