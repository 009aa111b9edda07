/* toml_doc: a TOML 1.0 text as a tree of nodes - see toml_doc.h */
#include "config.h"

#include "share/conf/toml_doc.h"

extern "C" {
#include "share/base/xmem.h"
}

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace {

/*
 * What toml++ would have to nest for one statement (a header, or a key with
 * its value over all its lines). Strings and comments are skipped the way
 * TOML delimits them, so nothing can hide in one.
 */
class DepthGuard {
      public:
	explicit DepthGuard(std::string_view text) : text_(text)
	{
	}

	/* Whether the text is shallow enough; else *where is the place. */
	bool check(toml_doc_place *where)
	{
		while (pos_ < text_.size())
			if (!step(text_[pos_])) {
				where->line = line_;
				where->column = static_cast<unsigned>(
				    pos_ - line_start_ + 1);
				return false;
			}
		return true;
	}

      private:
	std::string_view text_;
	size_t pos_ = 0, line_start_ = 0;
	unsigned line_ = 1;
	unsigned dots_ = 0, nest_ = 0;

	bool step(char c)
	{
		if (c == '"' || c == '\'') {
			skip_string(c);
			return true;
		}
		if (c == '#') {
			while (pos_ < text_.size() && text_[pos_] != '\n')
				pos_++;
			return true;
		}
		if (c == '\n') {
			newline();
			if (nest_ == 0)
				dots_ = 0;
		} else if (c == '.') {
			dots_++;
		} else if (c == '[' || c == '{') {
			nest_++;
		} else if ((c == ']' || c == '}') && nest_ > 0) {
			nest_--;
		}
		if (dots_ > TOML_DOC_DOTS_MAX || nest_ > TOML_DOC_NEST_MAX)
			return false;
		pos_++;
		return true;
	}

	void newline()
	{
		line_++;
		line_start_ = pos_ + 1;
	}

	/* Moves past a string; an unterminated one ends with its line. */
	void skip_string(char quote)
	{
		bool multi = text_.substr(pos_, 3) == std::string(3, quote);

		pos_ += multi ? 3 : 1;
		while (pos_ < text_.size()) {
			char c = text_[pos_];

			if (c == '\n' && !multi)
				return;
			if (c == '\n')
				newline();
			if (c == '\\' && quote == '"' &&
			    pos_ + 1 < text_.size() && text_[pos_ + 1] != '\n')
				pos_++;
			else if (c == quote && at_end(quote, multi))
				return;
			pos_++;
		}
	}

	/* At a quote: whether the string ends here, and then moves past it. */
	bool at_end(char quote, bool multi)
	{
		if (!multi) {
			pos_++;
			return true;
		}
		if (text_.substr(pos_, 3) != std::string(3, quote))
			return false;
		/* """a""""" ends with two quotes of its own */
		for (pos_ += 3; pos_ < text_.size() && text_[pos_] == quote;)
			pos_++;
		return true;
	}
};

/* Turns toml++'s tree into ours. */
class Converter {
      public:
	explicit Converter(std::string_view text)
	{
		size_t start = 0;

		for (size_t i = 0; i <= text.size(); i++)
			if (i == text.size() || text[i] == '\n') {
				lines_.push_back(text.substr(start, i - start));
				start = i + 1;
			}
	}

	/* Fills dst from src; the first thing that cannot be said is in e. */
	bool convert(const toml::node &src, toml_doc_node *dst,
	    toml_doc_place *where, err *e) const
	{
		dst->at = place(src.source().begin);
		if (dst->key == nullptr)
			dst->key_at = dst->at;
		if (const toml::table *t = src.as_table())
			return table(*t, dst, where, e);
		if (const toml::array *a = src.as_array())
			return array(*a, dst, where, e);
		if (scalar(src, dst))
			return true;
		*where = dst->at;
		err_set(e, ERR_SYNTAX, "a string with a NUL inside");
		return false;
	}

      private:
	std::vector<std::string_view> lines_;

	static toml_doc_place place(const toml::source_position &p)
	{
		return { static_cast<unsigned>(p.line),
			static_cast<unsigned>(p.column) };
	}

	bool table(const toml::table &t, toml_doc_node *dst,
	    toml_doc_place *where, err *e) const
	{
		dst->type = TOML_DOC_TABLE;
		dst->child = static_cast<toml_doc_node *>(
		    xcalloc(t.size(), sizeof(*dst->child)));
		for (auto &&[key, value] : t) {
			toml_doc_node *n = &dst->child[dst->nchildren++];

			if (key.str().find('\0') != std::string_view::npos) {
				*where = place(key.source().begin);
				err_set(e, ERR_SYNTAX,
				    "a key with a NUL inside");
				return false;
			}
			n->key = xstrdup(std::string(key.str()).c_str());
			n->key_at = place(key.source().begin);
			if (!convert(value, n, where, e))
				return false;
		}
		std::sort(dst->child, dst->child + dst->nchildren, before);
		return true;
	}

	static bool before(const toml_doc_node &a, const toml_doc_node &b)
	{
		if (a.key_at.line != b.key_at.line)
			return a.key_at.line < b.key_at.line;
		return a.key_at.column < b.key_at.column;
	}

	bool array(const toml::array &a, toml_doc_node *dst,
	    toml_doc_place *where, err *e) const
	{
		dst->type = TOML_DOC_ARRAY;
		dst->child = static_cast<toml_doc_node *>(
		    xcalloc(a.size(), sizeof(*dst->child)));
		for (auto &&value : a)
			if (!convert(value, &dst->child[dst->nchildren++],
				where, e))
				return false;
		return true;
	}

	bool scalar(const toml::node &src, toml_doc_node *dst) const
	{
		if (auto *s = src.as_string())
			return string(s->get(), dst);
		if (auto *i = src.as_integer()) {
			dst->type = TOML_DOC_INTEGER;
			dst->integer = i->get();
		} else if (auto *b = src.as_boolean()) {
			dst->type = TOML_DOC_BOOL;
			dst->boolean = b->get();
		} else if (src.is_floating_point()) {
			dst->type = TOML_DOC_FLOAT;
		} else {
			std::ostringstream text;

			src.visit([&text](const auto &v) {
				using T = std::decay_t<decltype(v)>;
				if constexpr (toml::is_chronological<T>)
					text << v.get();
			});
			dst->type = TOML_DOC_TIME;
			dst->text = xstrdup(text.str().c_str());
		}
		return true;
	}

	bool string(const std::string &s, toml_doc_node *dst) const
	{
		dst->type = TOML_DOC_STRING;
		if (s.find('\0') != std::string::npos)
			return false;
		dst->text = xstrdup(s.c_str());
		dst->literal = is_literal(s, dst->at);
		return true;
	}

	/* Whether the line at p reads QUOTE s QUOTE. */
	bool is_literal(const std::string &s, const toml_doc_place &p) const
	{
		if (p.line == 0 || p.line > lines_.size())
			return false;

		std::string_view line = lines_[p.line - 1];
		size_t i = 0;

		/* columns count characters: skip UTF-8 continuations */
		for (unsigned column = 1; i < line.size(); i++) {
			if ((static_cast<unsigned char>(line[i]) & 0xc0) ==
			    0x80)
				continue;
			if (column++ == p.column)
				break;
		}
		return line.size() >= i + s.size() + 2 &&
		    line.compare(i + 1, s.size(), s) == 0 &&
		    (line[i] == '"' || line[i] == '\'') &&
		    line[i + 1 + s.size()] == line[i];
	}
};

} /* namespace */

static toml_doc_node *
parse(const char *text, size_t len, toml_doc_place *where, err *e)
{
	std::string_view view(text, len);
	toml::table table;

	try {
		table = toml::parse(view);
	} catch (const toml::parse_error &bad) {
		where->line = static_cast<unsigned>(bad.source().begin.line);
		where->column =
		    static_cast<unsigned>(bad.source().begin.column);
		err_set(e, ERR_SYNTAX, "%s",
		    std::string(bad.description()).c_str());
		return nullptr;
	}

	auto *root =
	    static_cast<toml_doc_node *>(xcalloc(1, sizeof(toml_doc_node)));

	if (Converter(view).convert(table, root, where, e))
		return root;
	toml_doc_free(root);
	return nullptr;
}

toml_doc_node *
toml_doc_parse(const char *text, size_t len, toml_doc_place *where, err *e)
{
	*where = { 1, 1 };
	if (!DepthGuard(std::string_view(text, len)).check(where)) {
		err_set(e, ERR_LIMIT, "nested too deeply");
		return nullptr;
	}
	try {
		return parse(text, len, where, e);
	} catch (const std::exception &) {
		/* only memory can run out here: see xmem.h */
		std::abort();
	}
}

static void
clear(toml_doc_node *n)
{
	for (size_t i = 0; i < n->nchildren; i++)
		clear(&n->child[i]);
	free(n->child);
	free(n->key);
	free(n->text);
}

void
toml_doc_free(toml_doc_node *root)
{
	if (root == nullptr)
		return;
	clear(root);
	free(root);
}

const toml_doc_node *
toml_doc_get(const toml_doc_node *table, const char *key)
{
	for (size_t i = 0; i < table->nchildren; i++)
		if (strcmp(table->child[i].key, key) == 0)
			return &table->child[i];
	return nullptr;
}

const char *
toml_doc_type_name(enum toml_doc_type type)
{
	static const char *const names[] = { "a table", "a list", "a string",
		"an integer", "a number with a fraction", "true or false",
		"a date or time" };

	return names[type];
}
