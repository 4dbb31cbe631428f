/** What the title of the window says before the program's name. */
class Title {
  text = $state('')
}

export const title = new Title()
