package trino

import "strings"

// elsewhere are functions that Athena has and that are not in the table: they are refused, not called unknown.
const elsewhere = ` acos all_keys_match any_keys_match apply_changes approx_set array_first array_last arrays_overlap bar bing_tile
 bing_tile_at bing_tiles_around bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level
 bitwise_and_agg bitwise_or_agg bitwise_xor_agg bit_count bitwise_left_shift bitwise_right_shift bitwise_right_shift_arithmetic
 cardinality char2hexint checksum classify color combinations convex_hull_agg concat_ws cosine_distance cosine_similarity
 contains_sequence current_groups date_format date_parse dense_rank dot_product empty_approx_set euclidean_distance
 evaluate_classifier_predictions features filter flatten format format_datetime format_number from_base32 from_base64
 from_base64url from_big_endian_32 from_big_endian_64 from_encoded_polyline from_geojson_geometry from_hex
 from_ieee754_32 from_ieee754_64 from_iso8601_date from_iso8601_timestamp from_iso8601_timestamp_nanos from_unixtime_nanos
 from_utf8 geometric_mean geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles
 geometry_union geometry_union_agg great_circle_distance hamming_distance hash_counts histogram hmac_md5 hmac_sha1
 hmac_sha256 hmac_sha512 human_readable_seconds index intersection_cardinality inverse_beta_cdf inverse_normal_cdf
 is_json_scalar jaccard_index json_array_contains json_array_get json_array_length json_extract json_extract_scalar
 json_format json_parse json_size kurtosis learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor
 levenshtein_distance line_interpolate_point line_interpolate_points line_locate_point listagg luhn_check
 make_set_digest map_agg map_concat map_entries map_filter map_from_entries map_keys map_union map_values map_zip_with
 max_by md5 merge merge_set_digest millisecond min_by multimap_agg multimap_from_entries murmur3 ngrams none_match
 normal_cdf normalize numeric_histogram objectid objectid_timestamp parse_datetime parse_duration
 parse_presto_data_size parse_data_size parse_version qdigest_agg quantile_at_value rand random reduce reduce_agg regr_intercept
 regr_slope regress render rgb sha1 sha256 sha512 shuffle simplify_geometry skewness soundex spatial_partitioning
 split_to_map split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 st_area st_asbinary st_astext st_boundary st_buffer
 st_centroid st_contains st_convexhull st_coorddim st_crosses st_difference st_dimension st_disjoint st_distance
 st_endpoint st_envelope st_envelopeaspts st_equals st_exteriorring st_geometries st_geometryfromtext st_geometryn
 st_geometrytype st_geomfrombinary st_interiorringn st_interiorrings st_intersection st_intersects st_isclosed st_isempty
 st_isring st_issimple st_isvalid st_length st_linefromtext st_linestring st_multipoint st_numgeometries
 st_numinteriorring st_numpoints st_overlaps st_point st_pointn st_points st_polygon st_relate st_startpoint
 st_symdifference st_touches st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin tdigest_agg timezone_hour
 timezone_minute to_base32 to_base64 to_base64url to_big_endian_32 to_big_endian_64 to_char to_date to_encoded_polyline
 to_geojson_geometry to_geometry to_hex to_ieee754_32 to_ieee754_64 to_iso8601 to_milliseconds to_spherical_geography
 to_timestamp to_utf8 transform transform_keys transform_values trim_array truncate typeof url_decode url_encode
 url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol
 url_extract_query uuid value_at_quantile values_at_quantiles version width_bucket wilson_interval_lower
 wilson_interval_upper with_timezone word_stem xxhash64 zip zip_with approx_most_frequent map multimap beta_cdf
 bitwise_not bitwise_and bitwise_or bitwise_xor translate sequence array_histogram numeric_histogram
 date_add_zone at_timezone t_cdf t_pdf timezone trail now current_date localtimestamp infinity nan regexp_position
 regexp_replace regexp_split regexp_count regexp_extract_all regexp_extract split position `

// unknownFunction tells a function that is not supported here from one that Athena does not have either.
func unknownFunction(pos Pos, name string) *Error {
	if strings.Contains(strings.ReplaceAll(elsewhere, "\n", " "), " "+name+" ") {
		return Unsupported(pos, "the function %s", name)
	}
	e := Errorf(pos, FunctionNotFound, "Function '%s' not registered", clip(name))
	other := map[string]string{
		"datediff": "date_diff", "dateadd": "date_add", "date_part": "extract(… FROM …)", "len": "length", "nvl": "coalesce", "ifnull": "coalesce",
		"string_agg": "listagg", "group_concat": "listagg", "instr": "strpos", "isnull": "… IS NULL", "first": "first_value(…) OVER or min_by", "last": "last_value(…) OVER or max_by",
		"median": "approx_percentile(x, 0.5)", "getdate": "now()", "to_epoch": "to_unixtime", "epoch": "to_unixtime", "regexp_matches": "regexp_like",
	}[name]
	if other == "" {
		other = nearest(name, sortedKeys(functionTable()))
	}
	if other != "" {
		e.Hint = "did you mean " + other + "?"
	}
	return e
}
