/*
 * mime_parts_gmime: the parts of mails as GMime sees them, printed as
 * mime_parts.c does. Built by mime-others.t where GMime is installed.
 */
#include <gmime/gmime.h>
#include <stdio.h>

static void
print(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);
	GMimeDataWrapper *content;
	GMimeStream *out;
	GByteArray *data;
	gchar *name, *text;

	(void)parent;
	if (GMIME_IS_MESSAGE_PART(part))
		g_mime_message_foreach(g_mime_message_part_get_message(
					   GMIME_MESSAGE_PART(part)),
		    print, arg);
	if (!GMIME_IS_PART(part))
		return;
	out = g_mime_stream_mem_new();
	content = g_mime_part_get_content(GMIME_PART(part));
	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, out);
	data = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
	name = g_mime_content_type_get_mime_type(type);
	text = g_base64_encode(data->data, data->len);
	printf("%s %s\n", name, text);
	g_free(name);
	g_free(text);
	g_object_unref(out);
}

int
main(int argc, char **argv)
{
	g_mime_init();
	for (int i = 1; i < argc; i++) {
		GMimeStream *in = g_mime_stream_file_open(argv[i], "r", NULL);
		GMimeParser *parser;
		GMimeMessage *message;

		if (in == NULL)
			return 1;
		parser = g_mime_parser_new_with_stream(in);
		message = g_mime_parser_construct_message(parser, NULL);
		printf("%s\n", argv[i]);
		if (message != NULL)
			g_mime_message_foreach(message, print, NULL);
		g_object_unref(parser);
		g_object_unref(in);
	}
	return 0;
}
